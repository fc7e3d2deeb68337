import { Problem } from '@keyward/core';
import type { DeviceReport } from '@keyward/core/device';
import type { DeviceReportStore, StoredDeviceReport } from '@keyward/core/port';
import { type Columns, number, text } from './columns.ts';
import type { Database } from './database.ts';

const toReport = (row: Columns): StoredDeviceReport => {
	try {
		return {
			application: text(row, 'application'),
			device: text(row, 'device'),
			at: number(row, 'at'),
			attested: number(row, 'attested') === 1,
			// Written by this file, of what the contract let in.
			report: JSON.parse(text(row, 'text')) as DeviceReport,
		};
	} catch (cause) {
		throw new Problem('store-failed', 'The store has a report of a device that cannot be read.', { cause });
	}
};

export const sqliteDeviceReports = (db: Database): DeviceReportStore => {
	const put = db.sql.prepare(
		`INSERT INTO device_report (application, device, at, attested, text) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (application, device) DO UPDATE SET at = excluded.at, attested = excluded.attested, text = excluded.text`,
	);
	const forget = db.sql.prepare('DELETE FROM device_report WHERE application = ? AND device = ?');
	const all = db.sql.prepare('SELECT * FROM device_report ORDER BY added');
	return {
		putDeviceReports: async (said) =>
			db.write('note what devices say of themselves', () => {
				for (const { application, device, at, attested, report } of said)
					put.run(application, device, at, attested ? 1 : 0, JSON.stringify(report));
			}),
		forgetDeviceReport: async (application, device) =>
			db.write('forget what a device said before', () => void forget.run(application, device)),
		deviceReports: async () => db.read('list what devices say of themselves', () => all.all().map(toReport)),
	};
};
