import type { DatabaseSync } from 'node:sqlite';

// States of a row.
export const WAITING = 0;
export const DELIVERED = 1;
export const REFUSED = 2;
/** Not to be sent yet: its stream is sealed, and it is not, or not signed. */
export const HELD = 3;

/** Every statement of the outbox. */
export const prepare = (database: DatabaseSync) => ({
	find: database.prepare('SELECT value, unit, sealed FROM reading WHERE stream = ? AND time = ?'),
	keep: database.prepare(
		'INSERT INTO reading (stream, time, value, unit, doubted, state, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)',
	),
	remove: database.prepare('DELETE FROM reading WHERE id = ?'),
	held: database.prepare(`SELECT * FROM reading WHERE state = ${HELD} AND stream = ? ORDER BY id LIMIT ?`),
	heldStreams: database.prepare(`SELECT DISTINCT stream FROM reading WHERE state = ${HELD}`),
	sealedReadings: database.prepare(
		'SELECT sealed FROM reading WHERE stream = ? AND sealed IS NOT NULL AND time >= 0 ORDER BY id',
	),
	next: database.prepare(`SELECT * FROM reading WHERE state = ${WAITING} AND id > ? ORDER BY id LIMIT ?`),
	count: database.prepare('SELECT count(*) AS n FROM reading WHERE state = ?'),
	deliver: database.prepare(`UPDATE reading SET state = ${DELIVERED} WHERE id = ? AND state IN (${WAITING}, ${HELD})`),
	forget: database.prepare(
		`DELETE FROM reading WHERE state = ${DELIVERED} AND id <=
			(SELECT id FROM reading WHERE state = ${DELIVERED} ORDER BY id DESC LIMIT 1 OFFSET ?)`,
	),
	refuse: database.prepare(
		`UPDATE reading SET state = ${REFUSED}, code = ?, detail = ? WHERE id = ? AND state IN (${WAITING}, ${HELD})`,
	),
	drop: database.prepare(`DELETE FROM reading WHERE id = (SELECT min(id) FROM reading WHERE state = ${REFUSED})`),
	tally: database.prepare('UPDATE dropped SET n = n + 1'),
	dropped: database.prepare('SELECT n FROM dropped'),
	refusals: database.prepare(`SELECT * FROM reading WHERE state = ${REFUSED} ORDER BY id`),
	retry: database.prepare(`UPDATE reading SET state = ${WAITING}, code = NULL, detail = NULL WHERE state = ${REFUSED}`),
});

export type Statements = ReturnType<typeof prepare>;
