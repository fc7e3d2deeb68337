import type { Command, CommandStore } from '@keyward/core/port';
import { bytes, type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toCommand = (row: Columns): Command => ({
	id: text(row, 'id'),
	application: text(row, 'application'),
	device: text(row, 'device'),
	payload: bytes(row, 'payload'),
	contentType: text(row, 'content_type'),
	at: number(row, 'at'),
	expires: number(row, 'expires'),
	delivered: orNull(number, row, 'delivered'),
	receipt: orNull(bytes, row, 'receipt'),
});

export const sqliteCommands = (db: Database): CommandStore => {
	const { sql } = db;
	const put = sql.prepare(
		`INSERT INTO command (id, application, device, payload, content_type, at, expires, delivered, receipt)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	);
	const ofApplication = sql.prepare('SELECT * FROM command WHERE application = ? ORDER BY added');
	const ofDevice = sql.prepare('SELECT * FROM command WHERE application = ? AND device = ? ORDER BY added');
	const deliver = sql.prepare('UPDATE command SET delivered = coalesce(delivered, ?) WHERE id = ?');
	const receive = sql.prepare(
		'UPDATE command SET delivered = coalesce(delivered, ?), receipt = coalesce(receipt, ?) WHERE id = ?',
	);
	const forget = sql.prepare('DELETE FROM command WHERE min(coalesce(delivered, expires), expires) < ?');

	return {
		putCommand: async ({ id, application, device, payload, contentType, at, expires, delivered, receipt }) =>
			db.write('keep a command', () => {
				put.run(id, application, device, payload, contentType, at, expires, delivered, receipt);
			}),
		commands: async (application, device) =>
			db.read('list commands', () =>
				(device === undefined ? ofApplication.all(application) : ofDevice.all(application, device)).map(toCommand),
			),
		deliverCommand: async (id, at) => db.write('record a delivery', () => deliver.run(at, id).changes > 0),
		receiptCommand: async (id, receipt, at) =>
			db.write('record a receipt', () => receive.run(at, receipt, id).changes > 0),
		forgetCommands: async (before) => db.write('forget commands', () => Number(forget.run(before).changes)),
	};
};
