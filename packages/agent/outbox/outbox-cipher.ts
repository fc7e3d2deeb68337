import {
	createCipheriv,
	createDecipheriv,
	diffieHellman,
	hkdfSync,
	createPublicKey,
	createSecretKey,
	generateKeyPairSync,
	type KeyObject,
} from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';
import { HELD, REFUSED, WAITING } from './outbox-statements.ts';
import type { Sample } from '../sample/source.ts';

/** What is kept of a reading besides stream and time. */
export type Kept = Pick<Sample, 'value' | 'unit'>;

/** Where a kept text stands: it opens at no other place. Null for the time of what is not dated yet. */
export interface Place {
	readonly stream: string;
	readonly time: number | null;
}

const KEY = 32;
const TAG = 16;
/** Octets that tell whether a secret is the right one. */
const CHECK = 16;
/** Before what is encrypted; JSON begins with nothing of the kind. */
const MARK = '~';

interface RunKey {
	readonly number: number;
	readonly key: KeyObject;
}

/**
 * What readings are encrypted with in the outbox's file, so that a stolen flash shows no value of them (at-rest-encryption, CR 4.1).
 *
 * Each run agrees with the public key of the device's key store on a key (ECDH with a key pair whose private half it forgets at once; HKDF-SHA256), under
 * which it encrypts with AES-256-GCM and counts in memory, so that no nonce comes twice, and no run needs the part to keep what it measures. What
 * an earlier run kept opens once the key store has agreed again.
 */
export class OutboxCipher {
	readonly #database: DatabaseSync;
	readonly #keys = new Map<number, KeyObject>();
	readonly #statements: ReturnType<typeof prepare>;
	#run: RunKey | null = null;
	#count = 0;

	constructor(database: DatabaseSync) {
		this.#database = database;
		this.#statements = prepare(database);
	}

	/** Encrypts from now on, under a key of this run for the holder of `publicKey` (SubjectPublicKeyInfo), and what lies there in plain. */
	protect(publicKey: Uint8Array): void {
		const { publicKey: point, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
		const holder = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
		const own = new Uint8Array(point.export({ format: 'der', type: 'spki' }));
		const { key, check } = derive(diffieHellman({ privateKey, publicKey: holder }), own);
		this.#database.exec('BEGIN IMMEDIATE');
		let converted = 0;
		try {
			this.#statements.prune.run();
			const number = Number(this.#statements.add.run(own, check).lastInsertRowid);
			this.#keys.set(number, key);
			this.#run = { number, key };
			converted = this.#convert();
			this.#database.exec('COMMIT');
		} catch (error) {
			this.#run = null;
			if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
			throw error;
		}
		// What an earlier version wrote in plain stands in freed pages and in the log, too.
		if (converted > 0) this.#database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
	}

	#convert(): number {
		let converted = 0;
		for (const { name, time } of tables) {
			const write = this.#database.prepare(`UPDATE ${name} SET value = ?, unit = '' WHERE id = ?`);
			const plain = this.#database.prepare(
				`SELECT id, stream, ${time} AS time, value, unit FROM ${name} WHERE value NOT LIKE '${MARK}%' AND id > ?
					${name === 'reading' ? 'AND sealed IS NULL' : ''} ORDER BY id LIMIT 1000`,
			);
			for (let last = 0; ;) {
				const rows = plain.all(last);
				for (const row of rows) {
					last = Number(row['id']);
					const place = { stream: String(row['stream']), time: row['time'] === null ? null : Number(row['time']) };
					const unit = String(row['unit']);
					const kept = { value: JSON.parse(String(row['value'])) as Sample['value'], ...(unit !== '' && { unit }) };
					write.run(this.write(kept, place), last);
				}
				converted += rows.length;
				if (rows.length === 0) break;
			}
		}
		return converted;
	}

	/** True once it encrypts: a unit stands with its value then, and nowhere else. */
	get protects(): boolean {
		return this.#run !== null;
	}

	/** True while something is kept that only the key store can open. */
	get locked(): boolean {
		return this.#statements.keys.all().some(({ number }) => !this.#keys.has(Number(number)));
	}

	/**
	 * Has the key store agree again on the keys of earlier runs. Gives how many readings can never be opened, because their key is another:
	 * they are put with the refused ones. Throws what the key store throws when it cannot be reached.
	 */
	async unlock(agree: (publicKey: Uint8Array) => Promise<Uint8Array>): Promise<number> {
		let lost = 0;
		for (const { number, point, proof } of this.#statements.keys.all()) {
			if (this.#keys.has(Number(number)) || !(point instanceof Uint8Array) || !(proof instanceof Uint8Array)) continue;
			const { key, check } = derive(await agree(point), point);
			if (Buffer.compare(check, proof) === 0) this.#keys.set(Number(number), key);
			else lost += this.#giveUp(Number(number));
		}
		return lost;
	}

	#giveUp(number: number): number {
		let lost = 0;
		const under = `${MARK}${number}.%`;
		for (const statement of [this.#statements.refuse, this.#statements.drop])
			lost += Number(statement.run(under).changes);
		this.#statements.blank.run(under);
		this.#statements.unsign.run(under);
		this.#statements.remove.run(number);
		return lost;
	}

	/** The text that stands in the file for it: as it is where nothing protects it. */
	write({ value, unit }: Kept, place: Place): string {
		const plain = JSON.stringify(value);
		if (this.#run === null) return plain;
		this.#count += 1;
		const cipher = createCipheriv('aes-256-gcm', this.#run.key, nonceOf(this.#count)).setAAD(about(place));
		const body = Buffer.concat([
			cipher.update(JSON.stringify([value, unit ?? ''])),
			cipher.final(),
			cipher.getAuthTag(),
		]);
		return `${MARK}${this.#run.number}.${this.#count}.${body.toString('base64')}`;
	}

	/** What {@link write} wrote; null while it is locked. `unit` is what stands beside a text in plain. Throws `Problem('outbox-corrupt')`. */
	read(text: string, unit: string, place: Place): Kept | null {
		if (!text.startsWith(MARK)) return { value: JSON.parse(text) as Sample['value'], ...(unit !== '' && { unit }) };
		const [number = '', count = '', body = ''] = text.slice(MARK.length).split('.');
		const key = this.#keys.get(Number(number));
		if (key === undefined) return null;
		const bytes = Buffer.from(body, 'base64');
		try {
			const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(Number(count)), { authTagLength: TAG });
			cipher.setAAD(about(place)).setAuthTag(bytes.subarray(-TAG));
			const opened = Buffer.concat([cipher.update(bytes.subarray(0, -TAG)), cipher.final()]).toString('utf8');
			const [value, was] = JSON.parse(opened) as [Sample['value'], string];
			return { value, ...(was !== '' && { unit: was }) };
		} catch (cause) {
			throw new Problem('outbox-corrupt', `A reading of ${place.stream} in the outbox was changed.`, { cause });
		}
	}
}

const derive = (secret: Uint8Array, point: Uint8Array): { readonly key: KeyObject; readonly check: Uint8Array } => {
	const bytes = new Uint8Array(hkdfSync('sha256', secret, point, 'keyward/outbox/1', KEY + CHECK));
	return { key: createSecretKey(bytes.subarray(0, KEY)), check: bytes.subarray(KEY) };
};

const nonceOf = (count: number): Buffer => {
	const nonce = Buffer.alloc(12);
	nonce.writeBigUInt64BE(BigInt(count), 4);
	return nonce;
};

const about = ({ stream, time }: Place): Buffer => Buffer.from(JSON.stringify(['keyward/outbox', stream, time]));

const tables = [
	{ name: 'reading', time: 'time' },
	{ name: 'undated', time: 'NULL' },
	{ name: 'unsigned', time: 'time' },
] as const;

const numberIn = `CAST(substr(value, 2, instr(value, '.') - 2) AS INTEGER)`;

const prepare = (database: DatabaseSync) => {
	database.exec(`
		CREATE TABLE IF NOT EXISTS run_key (number INTEGER PRIMARY KEY AUTOINCREMENT, point BLOB NOT NULL, proof BLOB NOT NULL) STRICT;
	`);
	return {
		keys: database.prepare('SELECT number, point, proof FROM run_key ORDER BY number'),
		add: database.prepare('INSERT INTO run_key (point, proof) VALUES (?, ?)'),
		remove: database.prepare('DELETE FROM run_key WHERE number = ?'),
		// Keys under which nothing is kept any more.
		prune: database.prepare(`DELETE FROM run_key WHERE number NOT IN
			(SELECT ${numberIn} FROM reading WHERE value LIKE '${MARK}%' UNION SELECT ${numberIn} FROM undated WHERE value LIKE '${MARK}%'
			UNION SELECT ${numberIn} FROM unsigned WHERE value LIKE '${MARK}%')`),
		refuse: database.prepare(
			`UPDATE reading SET value = 'false', unit = '', state = ${REFUSED}, code = 'key-file', detail = 'its key is gone'
				WHERE value LIKE ? AND state IN (${WAITING}, ${HELD})`,
		),
		// Of those that are answered only that they were is left.
		blank: database.prepare(`UPDATE reading SET value = 'false', unit = '' WHERE value LIKE ?`),
		drop: database.prepare('DELETE FROM undated WHERE value LIKE ?'),
		// The service has them, and nobody can sign them any more.
		unsign: database.prepare('DELETE FROM unsigned WHERE value LIKE ?'),
	};
};
