import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRoster } from '@keyward/core/seal';
import { writeDurably } from '@keyward/custody';
import type { RostersOf } from '../ingest/sealed-rows.ts';
import type { Owner } from './owner.ts';

/** Rosters of an application that are remembered beside the one in force. */
const KEPT = 8;
const none: readonly Uint8Array[] = [];

/**
 * The rosters of an application, the one in force first, then those that were: a device that was away sealed under one of them what it
 * brings now, also after a restart of the service. `earlier.json` in the owner's folder of the data folder has them, each as it was signed and in force.
 */
export const openHeldRosters = async (
	data: string,
	owner: Pick<Owner, 'roster'>,
	report: (error: unknown) => void,
): Promise<RostersOf> => {
	const file = join(data, 'owner', 'earlier.json');
	const earlier = await readEarlier(file);
	const known = new Map<string, { readonly hash: string; readonly rosters: readonly Uint8Array[] }>();
	let writing: Promise<unknown> = Promise.resolve();
	return (application) => {
		const current = owner.roster(application);
		const before = known.get(application);
		if (current === null) return none;
		if (before?.hash === current.hash) return before.rosters;
		const held = earlier.get(application) ?? [];
		const kept = [current.text, ...held.filter((text) => text !== current.text)].slice(0, 1 + KEPT);
		const rosters = kept.map((text) => new TextEncoder().encode(text));
		known.set(application, { hash: current.hash, rosters });
		if (kept.length === held.length && kept.every((text, n) => text === held[n])) return rosters;
		earlier.set(application, kept);
		const all = `${JSON.stringify(Object.fromEntries(earlier))}\n`;
		writing = writing.then(() => writeDurably(file, all, 'replace')).catch(report);
		return rosters;
	};
};

/** What is no list of rosters is left out: a device's epoch under one of those is refused, as under any that is not known. */
const readEarlier = async (file: string): Promise<Map<string, readonly string[]>> => {
	const text = await readFile(file, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{}';
		throw error;
	});
	const found = new Map<string, readonly string[]>();
	for (const [application, texts] of entriesOf(text))
		found.set(
			application,
			texts.filter((one) => isOf(application, one)),
		);
	return found;
};

const entriesOf = (text: string): [string, string[]][] => {
	try {
		return Object.entries(JSON.parse(text) as Record<string, string[]>).filter(([, texts]) => Array.isArray(texts));
	} catch {
		return [];
	}
};

const isOf = (application: string, text: unknown): boolean => {
	try {
		return typeof text === 'string' && parseRoster(new TextEncoder().encode(text)).application === application;
	} catch {
		return false;
	}
};
