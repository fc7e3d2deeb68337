import {
	type ApprovalRequest,
	type Override,
	type PersonSessionStore,
	type PersonStep,
	personSteps,
	type StoredPersonSession,
} from '@keyward/core/port';
import { type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const stepOf = (row: Columns, name: string): PersonStep => oneOf(row, name, personSteps);

const toSession = (row: Columns): StoredPersonSession => ({
	number: number(row, 'number'),
	hash: text(row, 'hash'),
	person: text(row, 'person'),
	// Sessions of before this column were begun with a passkey.
	step: orNull(stepOf, row, 'step') ?? (number(row, 'hardware') === 1 ? 'passkey-hardware' : 'passkey'),
	from: text(row, 'origin'),
	browser: orNull(text, row, 'browser'),
	credential: orNull(text, row, 'credential'),
	opened: number(row, 'opened'),
	seen: number(row, 'seen'),
});

const toRequest = (row: Columns): ApprovalRequest => ({
	number: number(row, 'number'),
	operation: text(row, 'operation'),
	asks: text(row, 'asks'),
	at: number(row, 'at'),
	expires: number(row, 'expires'),
	approvedBy: orNull(text, row, 'approved_by'),
	digest: text(row, 'digest'),
	input: text(row, 'input'),
});

const toOverride = (row: Columns): Override => ({
	who: text(row, 'who'),
	until: number(row, 'until'),
	reason: text(row, 'reason'),
});

export const sqlitePersonSessions = (db: Database): PersonSessionStore => {
	const { sql } = db;
	const sessions = sql.prepare('SELECT * FROM person_session ORDER BY number');
	const putSession = sql.prepare(
		'INSERT INTO person_session (number, hash, person, hardware, origin, opened, seen, step, browser, credential) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
	);
	const see = sql.prepare('UPDATE person_session SET seen = ? WHERE number = ?');
	const dropSession = sql.prepare('DELETE FROM person_session WHERE number = ?');
	const requests = sql.prepare('SELECT * FROM approval_request ORDER BY number');
	const putRequest = sql.prepare(
		`INSERT INTO approval_request (number, operation, asks, at, expires, approved_by, digest, input)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (number) DO UPDATE SET operation = excluded.operation, asks = excluded.asks, at = excluded.at,
			expires = excluded.expires, approved_by = excluded.approved_by, digest = excluded.digest, input = excluded.input`,
	);
	const dropRequest = sql.prepare('DELETE FROM approval_request WHERE number = ?');
	const overrides = sql.prepare('SELECT * FROM approval_override ORDER BY who');
	const dropOverrides = sql.prepare('DELETE FROM approval_override WHERE until <= ?');
	const putOverride = sql.prepare(
		`INSERT INTO approval_override (who, until, reason) VALUES (?, ?, ?)
		ON CONFLICT (who) DO UPDATE SET until = excluded.until, reason = excluded.reason`,
	);

	return {
		personSessions: async () => db.read("list people's sessions", () => sessions.all().map(toSession)),
		putPersonSession: async ({ number: numbered, hash, person, step, from, browser, credential, opened, seen }) =>
			db.write("keep a person's session", () => {
				const hardware = step === 'passkey-hardware' ? 1 : 0;
				putSession.run(numbered, hash, person, hardware, from, opened, seen, step, browser, credential);
			}),
		seePersonSession: async (numbered, seen) =>
			db.write("note the use of a person's session", () => {
				see.run(seen, numbered);
			}),
		dropPersonSessions: async (numbers) =>
			db.write("end people's sessions", () => numbers.forEach((one) => dropSession.run(one))),
		approvalRequests: async () => db.read('list requests for approval', () => requests.all().map(toRequest)),
		putApprovalRequest: async ({ number: numbered, operation, asks, at, expires, approvedBy, digest, input }) =>
			db.write('keep a request for approval', () => {
				putRequest.run(numbered, operation, asks, at, expires, approvedBy, digest, input);
			}),
		dropApprovalRequests: async (numbers) =>
			db.write('forget requests for approval', () => numbers.forEach((one) => dropRequest.run(one))),
		overrides: async () => db.read('list overrides', () => overrides.all().map(toOverride)),
		putOverride: async ({ who, until, reason }, now) =>
			db.write('keep an override', () => {
				dropOverrides.run(now);
				putOverride.run(who, until, reason);
			}),
	};
};
