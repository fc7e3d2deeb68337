import type {
	RunningSoftware,
	StoredBill,
	StoredBootReference,
	StoredDocument,
	StoredFloor,
	UpdateStore,
} from '@keyward/core/port';
import { outcomeOf } from '../rules/document-outcome.ts';
import { type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toDocument = (row: Columns): StoredDocument => ({
	format: oneOf(row, 'format', ['osv', 'csaf'] as const),
	publisher: text(row, 'publisher'),
	id: text(row, 'id'),
	updated: number(row, 'updated'),
	imported: number(row, 'imported'),
	byHand: number(row, 'by_hand') === 1,
	file: text(row, 'file'),
	text: text(row, 'text'),
});

const toBill = (row: Columns): StoredBill => ({
	application: text(row, 'application'),
	class: text(row, 'class'),
	version: text(row, 'version'),
	file: text(row, 'file'),
	at: number(row, 'at'),
	components: number(row, 'components'),
	unidentified: number(row, 'unidentified'),
	text: text(row, 'text'),
});

const toBootReference = (row: Columns): StoredBootReference => ({
	application: text(row, 'application'),
	class: text(row, 'class'),
	version: text(row, 'version'),
	at: number(row, 'at'),
	text: text(row, 'text'),
});

const toFloor = (row: Columns): StoredFloor => ({
	part: text(row, 'part'),
	application: text(row, 'application'),
	device: text(row, 'device'),
	floor: number(row, 'floor'),
	origin: BigInt(text(row, 'origin')),
	at: number(row, 'at'),
});

const toSoftware = (row: Columns): RunningSoftware => ({
	application: text(row, 'application'),
	device: text(row, 'device'),
	version: orNull(text, row, 'version'),
	agent: orNull(text, row, 'agent'),
	at: number(row, 'at'),
});

export const sqliteUpdates = (db: Database): UpdateStore => {
	const { sql } = db;
	const known = sql.prepare('SELECT * FROM advisory WHERE format = ? AND publisher = ? AND id = ?');
	const putDocument = sql.prepare(
		`INSERT INTO advisory (format, publisher, id, updated, imported, by_hand, file, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (format, publisher, id) DO UPDATE SET
			updated = excluded.updated, by_hand = excluded.by_hand, file = excluded.file, text = excluded.text`,
	);
	const documents = sql.prepare('SELECT * FROM advisory ORDER BY added');
	const putBill = sql.prepare(
		`INSERT INTO bill (application, class, version, file, at, components, unidentified, text)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, class, version) DO UPDATE SET file = excluded.file, at = excluded.at,
			components = excluded.components, unidentified = excluded.unidentified, text = excluded.text`,
	);
	const bills = sql.prepare('SELECT * FROM bill ORDER BY added');
	const putBootReference = sql.prepare(
		`INSERT INTO boot_reference (application, class, version, at, text) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (application, class, version) DO UPDATE SET at = excluded.at, text = excluded.text`,
	);
	const bootReferences = sql.prepare(
		'SELECT * FROM boot_reference WHERE application = coalesce(?, application) AND class = coalesce(?, class) ORDER BY added',
	);
	const putFloor = sql.prepare(
		`INSERT INTO counted_floor (part, application, device, floor, origin, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (part) DO UPDATE SET application = excluded.application, device = excluded.device, floor = excluded.floor,
			origin = excluded.origin, at = excluded.at`,
	);
	const floor = sql.prepare('SELECT * FROM counted_floor WHERE part = ?');
	const forgetFloor = sql.prepare('DELETE FROM counted_floor WHERE part = ?');
	const floors = sql.prepare('SELECT * FROM counted_floor WHERE application = ? AND device = ? ORDER BY added');
	const putSoftware = sql.prepare(
		`INSERT INTO software (application, device, version, agent, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (application, device) DO UPDATE SET
			version = excluded.version, agent = excluded.agent, at = excluded.at`,
	);
	const software = sql.prepare('SELECT * FROM software WHERE application = coalesce(?, application) ORDER BY added');

	return {
		putDocument: async (given) =>
			db.write('import an advisory', () => {
				const { format, publisher, id, updated, imported, byHand, file } = given;
				const row = known.get(format, publisher, id);
				const outcome = outcomeOf(row && toDocument(row), given);
				if (outcome === 'new' || outcome === 'replaced')
					putDocument.run(format, publisher, id, updated, imported, byHand ? 1 : 0, file, given.text);
				return outcome;
			}),
		documents: async () => db.read('list advisories', () => documents.all().map(toDocument)),
		putBill: async (bill) =>
			db.write('keep a bill of materials', () => {
				const { application, class: className, version, file, at, components, unidentified } = bill;
				putBill.run(application, className, version, file, at, components, unidentified, bill.text);
			}),
		bills: async () => db.read('list bills of materials', () => bills.all().map(toBill)),
		putBootReference: async (reference) =>
			db.write('keep boot reference values', () => {
				const { application, class: className, version, at } = reference;
				putBootReference.run(application, className, version, at, reference.text);
			}),
		bootReferences: async (application, className) =>
			db.read('list boot reference values', () =>
				bootReferences.all(application ?? null, className ?? null).map(toBootReference),
			),
		putCountedFloor: async ({ part, application, device, floor: counted, origin, at }) =>
			db.write('note the security floor that a TPM counts', () => {
				putFloor.run(part, application, device, counted, String(origin), at);
			}),
		countedFloor: async (part) =>
			db.read('look up the security floor that a TPM counts', () => {
				const row = floor.get(part);
				return row === undefined ? null : toFloor(row);
			}),
		forgetCountedFloor: async (part) =>
			db.write('forget the security floor that a TPM counted', () => {
				forgetFloor.run(part);
			}),
		countedFloors: async ({ kind, application, id }) =>
			db.read('list the security floors that TPMs count', () =>
				kind === 'device' ? floors.all(application, id).map(toFloor) : [],
			),
		putSoftware: async (said) =>
			db.write('note what devices run', () => {
				for (const { application, device, version, agent, at } of said)
					putSoftware.run(application, device, version, agent, at);
			}),
		software: async (application) =>
			db.read('list what devices run', () => software.all(application ?? null).map(toSoftware)),
	};
};
