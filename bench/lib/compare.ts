import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, Result } from './load.ts';
import { runJob } from './run-job.ts';
import type { Running, Target } from './target.ts';

/** What a bench asks of each side; the rest of the job is filled in. */
export type Demand = { [Kind in Job['kind']]: Pick<Job & { kind: Kind }, DemandKey<Kind>> }[Job['kind']];
type DemandKey<Kind extends Job['kind']> = Exclude<keyof (Job & { kind: Kind }), keyof Filled>;
interface Filled {
	readonly port: number;
	readonly ca: string;
	readonly identities: string;
	readonly serverPid: number;
	readonly firstTime: number;
	readonly protocol?: 4;
}

/** All rounds of one side. */
export interface Side {
	readonly target: Target;
	readonly results: readonly Result[];
}

export const median = (values: readonly number[]): number => {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1
		? (sorted[middle] ?? NaN)
		: ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

/** The value that this share of all is not above; nearest rank. */
export const quantile = (values: readonly number[], share: number): number =>
	values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? NaN;

/**
 * Runs the demand on each target in turn, A B A B …, so that a drift of the machine meets all sides alike. With `fresh`
 * a server is started again for every round; otherwise it stays up, idle while another one is measured.
 */
export const compare = async (
	targets: readonly Target[],
	devices: number,
	demands: readonly Demand[],
	{ rounds, fresh }: { readonly rounds: number; readonly fresh: boolean },
): Promise<Side[][]> => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-bench-'));
	const running = new Map<Target, Running>();
	const collected = demands.map(() => targets.map((target) => ({ target, results: [] as Result[] })));
	let firstTime = Date.now() - 12 * 3_600_000;

	const up = async (target: Target): Promise<Running> => {
		const place = join(folder, target.name);
		mkdirSync(place, { recursive: true, mode: 0o700 });
		const found = running.get(target) ?? (await target.start(place, devices));
		running.set(target, found);
		writeFileSync(join(place, 'load.json'), JSON.stringify(found.identities), { mode: 0o600 });
		return found;
	};
	const down = async (target: Target): Promise<void> => {
		await running.get(target)?.stop();
		running.delete(target);
	};

	try {
		for (let round = 0; round < rounds; round++) {
			for (const [index, demand] of demands.entries()) {
				for (const side of collected[index] ?? []) {
					const { port, ca, pid, protocol } = await up(side.target);
					const identities = join(folder, side.target.name, 'load.json');
					const filled = { port, ca, identities, serverPid: pid, firstTime, ...(protocol && { protocol }) };
					const result = await runJob({ ...demand, ...filled });
					// Times go up from round to round: a reading's time is part of its identity, and a repeated one is not stored.
					firstTime += 300_000;
					side.results.push(result);
					const rate = (result.count / result.serverCpu).toFixed(0);
					console.error(
						`round ${round + 1} ${side.target.name}: ${result.count} in ${result.seconds.toFixed(1)} s, ${rate}/cpu-s`,
					);
					if (fresh) await down(side.target);
				}
			}
		}
	} finally {
		for (const target of targets) await down(target);
		rmSync(folder, { recursive: true, force: true });
	}
	return collected;
};
