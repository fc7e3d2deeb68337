import type { Operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { inLine } from '@keyward/core/export';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions } from './site.ts';

export type Summary = Operations['rollout.list']['output'][number];

export interface RolloutOptions extends SiteOptions {
	readonly application: string;
}

const isOver = ({ state }: Summary): boolean => state === 'complete' || state === 'stopped';

/** The one of that id, or the newest that is not over. Throws `Problem('rollout-unknown')`. */
export const findRollout = async (options: RolloutOptions, id: string | undefined): Promise<Summary> => {
	const { application } = options;
	const all = await ask(options, 'rollout.list', { application });
	const found = id === undefined ? all.findLast((one) => !isOver(one)) : all.find((one) => one.id === id);
	if (found !== undefined) return found;
	throw new Problem(
		'rollout-unknown',
		id === undefined
			? `No rollout of ${application} is under way: keyward rollout start.`
			: `There is no rollout ${JSON.stringify(id)} of ${application}: keyward rollout status --application ${application} lists them.`,
	);
};

export const ringHeadings = ['ring', 'waiting', 'told', 'watched', 'well', 'newer', 'failed', ''];

/** One row for each ring that has devices. */
export const ringRows = ({ rings, ring, state }: Summary): string[][] =>
	rings.flatMap((one, index) => {
		const counts = [one.waiting, one.offered, one.installed, one.well, one.newer, one.failed];
		if (counts.every((count) => count === 0)) return [];
		const open = index <= ring ? (index === ring && state === 'running' ? 'open' : '') : 'not open';
		return [[String(index + 1), ...counts.map(String), open]];
	});

export const headline = ({ version, application, state, reason, started, id }: Summary): string =>
	`${version} for ${application}: ${state}${reason === null ? '' : ` (${inLine(reason)})`}, since ${printMoment(started)}, rollout ${id}\n`;

/** One line of how far it is. */
export const progress = ({ version, state, ring, rings }: Summary): string => {
	const sum = (stage: keyof Summary['rings'][number]): number => rings.reduce((all, one) => all + one[stage], 0);
	const total = sum('waiting') + sum('offered') + sum('installed') + sum('well') + sum('newer') + sum('failed');
	return `${version} ${state}: ring ${ring + 1} of ${rings.length}, ${sum('well')} of ${total} well, ${sum('offered')} told, ${sum('installed')} watched, ${sum('failed')} failed${sum('newer') === 0 ? '' : `, ${sum('newer')} run a newer one`}`;
};
