import type { RolloutStore, StoredRollout, StoredRolloutDevice, UpdateReport } from '@keyward/core/port';
import { rolloutMeanwhile } from '../rules/rollout-meanwhile.ts';
import { type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toRollout = (row: Columns): StoredRollout => ({
	id: text(row, 'id'),
	application: text(row, 'application'),
	revision: number(row, 'revision'),
	text: text(row, 'text'),
});

const toDevice = (row: Columns): StoredRolloutDevice => ({
	rollout: text(row, 'rollout'),
	device: text(row, 'device'),
	text: text(row, 'text'),
});

const toReport = (row: Columns): UpdateReport => ({
	application: text(row, 'application'),
	device: text(row, 'device'),
	running: orNull(text, row, 'running'),
	floor: number(row, 'floor'),
	state: text(row, 'state'),
	lastError: orNull(text, row, 'last_error'),
	keys: orNull(text, row, 'keys'),
	refused: orNull(text, row, 'refused'),
	at: number(row, 'at'),
});

export const sqliteRollouts = (db: Database): RolloutStore => {
	const { sql } = db;
	const revision = sql.prepare('SELECT revision FROM rollout WHERE id = ?');
	const putRollout = sql.prepare(
		`INSERT INTO rollout (id, application, revision, text) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, text = excluded.text`,
	);
	const putDevice = sql.prepare(
		`INSERT INTO rollout_device (rollout, device, text) VALUES (?, ?, ?)
		ON CONFLICT (rollout, device) DO UPDATE SET text = excluded.text`,
	);
	const rollouts = sql.prepare('SELECT * FROM rollout WHERE application = coalesce(?, application) ORDER BY added');
	const devices = sql.prepare('SELECT * FROM rollout_device WHERE rollout = ? ORDER BY added');
	const putReport = sql.prepare(
		`INSERT INTO update_report (application, device, running, floor, state, last_error, keys, refused, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, device) DO UPDATE SET running = excluded.running, floor = excluded.floor,
			state = excluded.state, last_error = excluded.last_error, keys = excluded.keys, refused = excluded.refused, at = excluded.at`,
	);
	const reports = sql.prepare(
		'SELECT * FROM update_report WHERE application = coalesce(?, application) ORDER BY added',
	);

	return {
		putRollout: async ({ id, application, text: written }, moved, after) =>
			db.write('keep a rollout', () => {
				const row = revision.get(id);
				if ((row === undefined ? 0 : number(row, 'revision')) !== after) throw rolloutMeanwhile(id);
				putRollout.run(id, application, after + 1, written);
				for (const one of moved) putDevice.run(id, one.device, one.text);
			}),
		rollouts: async (application) => db.read('list rollouts', () => rollouts.all(application ?? null).map(toRollout)),
		rolloutDevices: async (id) => db.read('list devices of a rollout', () => devices.all(id).map(toDevice)),
		putUpdateReports: async (said) =>
			db.write('note what devices say of their updates', () => {
				for (const { application, device, running, floor, state, lastError, keys, refused, at } of said)
					putReport.run(application, device, running, floor, state, lastError, keys, refused, at);
			}),
		updateReports: async (application) =>
			db.read('list what devices say of their updates', () => reports.all(application ?? null).map(toReport)),
	};
};
