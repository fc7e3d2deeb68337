import { Problem } from '@keyward/core';
import type { StoredSession, StoredSubscription, LastMessage, SessionStore } from '@keyward/core/port';
import { bytes, type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';
import { toPrincipalName } from './principals.ts';

const wrong = (): Problem => new Problem('store-failed', 'The store has a session that does not read as one.');

const toQos = (value: unknown): 0 | 1 => {
	if (value === 0 || value === 1) return value;
	throw wrong();
};

/** A JSON list of lists: each session is read and written as a whole. */
const list = <T>(row: Columns, name: string, take: (parts: readonly unknown[]) => T): T[] => {
	const value: unknown = JSON.parse(text(row, name));
	if (!Array.isArray(value)) throw wrong();
	return value.map((parts: unknown) => {
		if (!Array.isArray(parts)) throw wrong();
		return take(parts);
	});
};

const toSubscription = ([filter, qos, retainAsPublished]: readonly unknown[]): StoredSubscription => {
	if (typeof filter !== 'string' || typeof retainAsPublished !== 'boolean') throw wrong();
	return { filter, qos: toQos(qos), retainAsPublished };
};

const toCursor = ([stream, cursor]: readonly unknown[]): StoredSession['cursors'][number] => {
	if (typeof stream !== 'number' || typeof cursor !== 'number') throw wrong();
	return { stream, cursor };
};

const toWill = (row: Columns): LastMessage => ({
	topic: text(row, 'will_topic'),
	payload: bytes(row, 'will_payload'),
	qos: toQos(row['will_qos']),
	delay: number(row, 'will_delay'),
});

const toSession = (row: Columns): StoredSession => ({
	principal: toPrincipalName(row),
	clientId: text(row, 'client_id'),
	expiry: orNull(number, row, 'expiry') ?? Infinity,
	disconnected: orNull(number, row, 'disconnected'),
	subscriptions: list(row, 'subscriptions', toSubscription),
	cursors: list(row, 'cursors', toCursor),
	will: row['will_topic'] === null ? null : toWill(row),
});

export const sqliteSessions = (db: Database): SessionStore => {
	const { sql } = db;
	const put = sql.prepare(
		`INSERT INTO session (application, kind, id, client_id, expiry, disconnected, subscriptions, cursors,
			will_topic, will_payload, will_qos, will_delay)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, kind, id) DO UPDATE
		SET client_id = excluded.client_id, expiry = excluded.expiry, disconnected = excluded.disconnected,
			subscriptions = excluded.subscriptions, cursors = excluded.cursors, will_topic = excluded.will_topic,
			will_payload = excluded.will_payload, will_qos = excluded.will_qos, will_delay = excluded.will_delay`,
	);
	const get = sql.prepare('SELECT * FROM session WHERE application = ? AND kind = ? AND id = ?');
	const all = sql.prepare('SELECT * FROM session ORDER BY added');
	const end = sql.prepare('DELETE FROM session WHERE application = ? AND kind = ? AND id = ?');

	return {
		putSession: async ({ principal, clientId, expiry, disconnected, subscriptions, cursors, will }) =>
			db.write('keep a session', () => {
				const { application, kind, id } = principal;
				put.run(
					application,
					kind,
					id,
					clientId,
					// SQLite has an infinity, but for whole numbers none.
					expiry === Infinity ? null : expiry,
					disconnected,
					JSON.stringify(subscriptions.map(({ filter, qos, retainAsPublished }) => [filter, qos, retainAsPublished])),
					JSON.stringify(cursors.map(({ stream, cursor }) => [stream, cursor])),
					will?.topic ?? null,
					will?.payload ?? null,
					will?.qos ?? null,
					will?.delay ?? null,
				);
			}),
		session: async ({ application, kind, id }) =>
			db.read('read a session', () => {
				const row = get.get(application, kind, id);
				return row ? toSession(row) : null;
			}),
		sessions: async () => db.read('list sessions', () => all.all().map(toSession)),
		endSession: async ({ application, kind, id }) =>
			db.write('end a session', () => {
				end.run(application, kind, id);
			}),
	};
};
