import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequirementId } from '@keyward/core/policy';
import type { Attack, Outcome } from './attack.ts';
import { openCli } from './cli.ts';
import { startSite } from './site.ts';
import { repository, type SourceCopies } from './source-copy.ts';
import { makeTemporary, removeTemporary } from './temporary.ts';

/** What one of the two runs came to. */
export type Run = Outcome | { readonly failed: string };

export interface Verdict {
	/** Refused in force by the refusal that it names, and successful off. Everything else proves nothing. */
	readonly holds: boolean;
	readonly inForce: Run;
	readonly off: Run;
	/** In one line each; empty when it holds. */
	readonly broken: readonly string[];
}

const LIMIT = 120_000;

const inOneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').slice(0, 300);

interface Place {
	readonly source: string;
	readonly without: readonly RequirementId[];
}

const runOnce = async (attack: Attack, { source, without }: Place): Promise<Run> => {
	const home = makeTemporary('keyward-attack-');
	const ends: (() => unknown)[] = [() => removeTemporary(home)];
	const after = (end: () => unknown): void => void ends.push(end);
	const { limit = LIMIT } = attack;
	const over = new AbortController();
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => {
		over.abort();
		late.reject(new Error(`not done after ${limit / 1000} s`));
	}, limit);
	const { signal } = over;
	const folder = join(home, 'attacker');
	let reported: readonly string[] = [];
	const attempt = async (): Promise<Outcome> => {
		await mkdir(folder);
		if (attack.site === null)
			return attack.run({ cli: openCli(source, null, after, signal), folder, source, signal, after });
		const { site: wanted = {} } = attack;
		const setup = typeof wanted === 'function' ? await wanted(folder) : wanted;
		const site = await startSite({ source, home, setup, without, after });
		({ reported } = site);
		return attack.run({ site, cli: openCli(source, site.folder, after, signal), folder, source, signal, after });
	};
	try {
		const { succeeded, saw, refusal } = await Promise.race([attempt(), late.promise]);
		return { succeeded, saw: inOneLine(saw), refusal };
	} catch (error) {
		const [bug] = reported;
		const why = error instanceof Error ? error.message : String(error);
		return { failed: inOneLine(bug === undefined ? why : `${why}; the service reported: ${bug}`) };
	} finally {
		clearTimeout(timer);
		over.abort();
		for (const end of ends.toReversed()) await end();
	}
};

/** Why the run in force is no proof; null when the attack failed by the refusal it names. */
const faultInForce = (run: Run, expected: Attack['refusal']): string | null => {
	if ('failed' in run) return `in force it did not come to an end: ${run.failed}`;
	if (run.succeeded) return `it succeeds in force: ${run.saw}`;
	const refusal = run.refusal ?? '';
	const named = typeof expected === 'string' ? refusal === expected : expected.test(refusal);
	return named ? null : `in force it fails by ${refusal || 'no refusal'}, not by ${String(expected)}: ${run.saw}`;
};

const faultOff = (run: Run): string | null => {
	if ('failed' in run) return `off it did not come to an end: ${run.failed}`;
	return run.succeeded
		? null
		: `it fails with the requirement off as well (${run.refusal ?? 'no refusal'}): ${run.saw}`;
};

/** Runs an attack with its requirement in force, then with it off. */
export const runAttack = async (attack: Attack, copies: SourceCopies): Promise<Verdict> => {
	const inForce = await inForceRun(attack, copies);
	const off = await offRun(attack, copies);
	const broken = [faultInForce(inForce, attack.refusal), faultOff(off)].filter((fault) => fault !== null);
	return { holds: broken.length === 0, inForce, off, broken };
};

const inForceRun = async (attack: Attack, copies: SourceCopies): Promise<Run> => {
	if (attack.given === undefined) return runOnce(attack, { source: repository, without: [] });
	try {
		return await runOnce(attack, { source: await copies.with(attack.given.patch), without: [] });
	} catch (error) {
		return { failed: error instanceof Error ? error.message : String(error) };
	}
};

const offRun = async (attack: Attack, copies: SourceCopies): Promise<Run> => {
	const given = attack.given?.patch ?? [];
	try {
		if ('requirements' in attack.off) {
			const source = given.length === 0 ? repository : await copies.with(given);
			return await runOnce(attack, { source, without: attack.off.requirements });
		}
		return await runOnce(attack, { source: await copies.with([...given, ...attack.off.patch]), without: [] });
	} catch (error) {
		return { failed: error instanceof Error ? error.message : String(error) };
	}
};
