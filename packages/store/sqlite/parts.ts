import { Problem } from '@keyward/core';
import type { DeviceStatement } from '@keyward/core/device';
import type { ImportedManifest, KnownKey, PartStore } from '@keyward/core/port';
import { isNewer } from '../rules/newer-statement.ts';
import { bytes, type Columns, number, text } from './columns.ts';
import type { Database } from './database.ts';

const toManifest = (row: Columns): ImportedManifest => ({
	file: text(row, 'file'),
	manufacturer: text(row, 'maker'),
	signer: text(row, 'signer'),
	at: number(row, 'at'),
	parts: number(row, 'parts'),
	keys: number(row, 'keys'),
});

const readStatement = (written: string): DeviceStatement => {
	try {
		// Written below, of what `readDeviceStatement` gave.
		return JSON.parse(written) as DeviceStatement;
	} catch (cause) {
		throw new Problem('store-failed', 'The store has a statement of a device that cannot be read.', { cause });
	}
};

const toKnownKey = (row: Columns): KnownKey => ({
	key: bytes(row, 'key'),
	slot: text(row, 'slot'),
	part: text(row, 'part'),
	manufacturer: text(row, 'maker'),
	signer: text(row, 'signer'),
});

export const sqliteParts = (db: Database): PartStore => {
	const { sql } = db;
	const begin = sql.prepare('INSERT INTO manifest (file, maker, signer, at, parts, keys) VALUES (?, ?, ?, ?, 0, 0)');
	const end = sql.prepare('UPDATE manifest SET parts = ?, keys = ? WHERE id = ?');
	const giveUp = sql.prepare('DELETE FROM manifest WHERE id = ?');
	const partOf = sql.prepare(
		'SELECT part.id, maker FROM part JOIN manifest ON manifest.id = part.manifest WHERE part.name = ?',
	);
	const ownerOf = sql.prepare('SELECT part FROM part_key WHERE key = ?');
	const addPart = sql.prepare('INSERT INTO part (name, manifest) VALUES (?, ?)');
	const addKey = sql.prepare('INSERT INTO part_key (key, part, slot, manifest) VALUES (?, ?, ?, ?)');
	const get = sql.prepare(
		`SELECT key, slot, part.name AS part, maker, signer FROM part_key
		JOIN part ON part.id = part_key.part JOIN manifest ON manifest.id = part_key.manifest WHERE key = ?`,
	);
	const saidOf = sql.prepare(
		`SELECT statement, maker, signer FROM part_statement JOIN part ON part.id = part_statement.part
		JOIN manifest ON manifest.id = part_statement.manifest WHERE part.name = ?`,
	);
	const say = sql.prepare(
		`INSERT INTO part_statement (part, manifest, statement) VALUES (?, ?, ?)
		ON CONFLICT (part) DO UPDATE SET manifest = excluded.manifest, statement = excluded.statement`,
	);
	const all = sql.prepare('SELECT * FROM manifest ORDER BY id');

	return {
		importParts: async (origin, parts) =>
			db.write('import a manifest', () => {
				const { file, manufacturer, signer, at } = origin;
				const manifest = begin.run(file, manufacturer, signer, at).lastInsertRowid;
				const added = { parts: 0, keys: 0 };
				let said = 0;
				for (const { part, keys, statement } of parts) {
					const known = partOf.get(part);
					if (known !== undefined && text(known, 'maker') !== manufacturer) {
						throw new Problem('part-conflict', `The part ${part} is known as one of ${text(known, 'maker')}.`);
					}
					const id = known === undefined ? Number(addPart.run(part, manifest).lastInsertRowid) : number(known, 'id');
					if (known === undefined) added.parts++;
					const before = statement && saidOf.get(part);
					if (statement && isNewer(part, statement, before ? readStatement(text(before, 'statement')) : null)) {
						say.run(id, manifest, JSON.stringify(statement));
						said++;
					}
					for (const { key, slot } of keys) {
						const owner = ownerOf.get(key);
						if (owner === undefined) {
							addKey.run(key, id, slot, manifest);
							added.keys++;
						} else if (number(owner, 'part') !== id) {
							throw new Problem('part-conflict', `A key of the part ${part} is known as that of another part.`);
						}
					}
				}
				if (added.parts + added.keys + said === 0) giveUp.run(manifest);
				else end.run(added.parts, added.keys, manifest);
				return { ...origin, ...added };
			}),

		knownKey: async (key) =>
			db.read('look up a part', () => {
				const row = get.get(key);
				return row ? toKnownKey(row) : null;
			}),

		manufacturerOf: async (part) =>
			db.read('look up a part', () => {
				const row = partOf.get(part);
				return row ? text(row, 'maker') : null;
			}),

		statementOf: async (part) =>
			db.read('look up a part', () => {
				const row = saidOf.get(part);
				if (row === undefined) return null;
				const [manufacturer, signer] = [text(row, 'maker'), text(row, 'signer')];
				return { manufacturer, signer, statement: readStatement(text(row, 'statement')) };
			}),

		manifests: async () => db.read('list manifests', () => all.all().map(toManifest)),
	};
};
