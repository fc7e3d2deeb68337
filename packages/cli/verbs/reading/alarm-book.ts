import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerMemory } from '@keyward/client';
import { Problem } from '@keyward/core';
import { type SeenLedger, seenCheckpoint } from '@keyward/core/ledger';
import { makePrivateFolder, writeDurably } from '@keyward/custody';

/** What this reader was shown that cannot all be true; it stands until a person has looked at it. */
export interface Alarm {
	readonly code: string;
	/** An application, or a stream. */
	readonly of: string;
	readonly detail: string;
	readonly at: string;
	/** What was shown, as it was signed. */
	readonly evidence: readonly string[];
	/** When a person accepted it; null while it stands. */
	readonly accepted: string | null;
}

/** What a reader remembers of the site in its home folder, for the next run: the service has no say in it. */
export interface AlarmBook extends LedgerMemory {
	/** Oldest first. */
	all(): Promise<readonly Alarm[]>;
	/** Keeps it, once. Durable when it resolves. */
	raise(alarm: Pick<Alarm, 'code' | 'of' | 'detail' | 'evidence'>): Promise<void>;
	/** All that stand are accepted, and the ledger is remembered from its next sight on. */
	accept(): Promise<void>;
}

/** The alarm of a ledger with two histories. */
export const ledgerForked = 'ledger-forked';

/** CR 7.1: alarms that a service which lies each time otherwise may fill a folder with. */
const MOST = 200;

export const openAlarmBook = (home: string): AlarmBook => {
	const [file, folder] = [join(home, 'ledger-seen.json'), join(home, 'alarms')];
	const names = async (): Promise<string[]> =>
		(await readdir(folder).catch(() => [])).filter((one) => one.endsWith('.json'));
	const read = async (name: string): Promise<Alarm> => {
		const alarm = parsed(join(folder, name), await readFile(join(folder, name), 'utf8')) as Alarm;
		if (typeof alarm.code === 'string' && typeof alarm.of === 'string' && typeof alarm.detail === 'string')
			return alarm;
		throw unreadable(join(folder, name));
	};
	const all = async (): Promise<Alarm[]> =>
		(await Promise.all((await names()).map(read))).toSorted((a, b) => a.at.localeCompare(b.at));
	const nameOf = ({ code, of, detail, at }: Alarm): string =>
		`${createHash('sha256').update([code, of, detail, at].join('\n')).digest('hex').slice(0, 16)}.json`;
	const write = async (name: string, alarm: Alarm): Promise<void> => {
		await makePrivateFolder(folder);
		await writeDurably(join(folder, name), `${JSON.stringify(alarm, null, '\t')}\n`, 'replace');
	};
	return {
		seen: async () => {
			const text = await readFile(file, 'utf8').catch((error: unknown) => {
				if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
				throw error;
			});
			if (text === null) return null;
			const { key, note } = parsed(file, text) as Partial<SeenLedger>;
			if (typeof key !== 'string' || typeof note !== 'string') throw unreadable(file);
			seenCheckpoint({ key, note });
			return { key, note };
		},
		keep: async ({ key, note }) =>
			void (await writeDurably(file, `${JSON.stringify({ key, note }, null, '\t')}\n`, 'replace')),
		all,
		raise: async (alarm) => {
			const known = await all();
			const { code, of, detail } = alarm;
			// One of the ledger at a time: its sizes change with each look. A row that is read again tells of no second fork.
			const isKnown = known.some(
				(one) =>
					one.code === code && one.of === of && (code === ledgerForked ? one.accepted === null : one.detail === detail),
			);
			if (isKnown || known.length >= MOST) return;
			const raised = { ...alarm, at: new Date().toISOString(), accepted: null };
			await write(nameOf(raised), raised);
		},
		accept: async () => {
			const at = new Date().toISOString();
			for (const name of await names()) {
				const alarm = await read(name);
				if (alarm.accepted === null) await write(name, { ...alarm, accepted: at });
			}
			// Last: cut off in between, the alarm comes again.
			await rm(file, { force: true });
		},
	};
};

const parsed = (file: string, text: string): object => {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === 'object' && value !== null) return value;
	} catch (cause) {
		throw unreadable(file, cause);
	}
	throw unreadable(file);
};

const unreadable = (file: string, cause?: unknown): Problem =>
	new Problem(
		'file-unreadable',
		`${file}, which this reader wrote, cannot be read: put it back from a copy, or look at it and remove it.`,
		{ cause },
	);
