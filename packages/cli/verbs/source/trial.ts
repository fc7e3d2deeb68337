import { type Sample, trySource } from '@keyward/agent';
import { type ErrorCode, type Milliseconds, Problem } from '@keyward/core';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson } from '../../terminal/output.ts';
import { untilStopped } from '../../terminal/stop.ts';
import { makeSource } from '../device-source.ts';
import { describeSource } from './describe.ts';
import type { SourceOptions } from './options.ts';

export interface TryOptions {
	readonly most: number;
	readonly within: Milliseconds;
	readonly json: boolean;
}

/**
 * Shows what `keyward device run` would send with the same options: each sample with its name, unit and time, and what is passed over
 * with the reason. Nothing is sent or kept. Exit code 0 when something came and nothing was passed over, else 1.
 */
export const showTrial = async (options: SourceOptions, { most, within, json }: TryOptions): Promise<void> => {
	const source = await makeSource(options);
	const { calibration } = describeSource(options);
	const stop = untilStopped();
	const items: object[] = [];
	if (!json) {
		for (const [stream, rule] of Object.entries(calibration)) print(`${inLine(`${stream} is calibrated: ${rule}`)}\n`);
		print(`${row('STREAM', 'TIME', 'VALUE', 'UNIT')}\n`);
	}
	const { streams, passedOver } = await trySource(source, {
		most,
		signal: AbortSignal.any([stop.signal, AbortSignal.timeout(within)]),
		show: (item) => (json ? void items.push(asObject(item)) : print(`${inLine(lineOf(item))}\n`)),
	});
	stop.release();
	process.exitCode = streams.size > 0 && passedOver.size === 0 ? exit.held : exit.finding;
	if (json) return printJson({ sent: false, calibration, items, passedOver: Object.fromEntries(passedOver) });
	print(`\nNothing was sent. ${inLine(summary(streams, passedOver))}\n`);
};

const row = (stream: string, time: string, value: string, unit: string): string =>
	`${stream.padEnd(16)}  ${time.padEnd(24)}  ${value.padStart(14)}  ${unit}`.trimEnd();

const lineOf = (item: Sample | Problem): string =>
	item instanceof Problem
		? `passed over: ${item.detail} [${item.code}]`
		: row(item.stream, new Date(item.time).toISOString(), String(item.value), item.unit ?? '');

const asObject = (item: Sample | Problem): object =>
	item instanceof Problem
		? { passedOver: item.code, detail: item.detail }
		: { ...item, time: new Date(item.time).toISOString() };

const summary = (
	streams: ReadonlyMap<string, { readonly count: number; readonly first: number; readonly last: number }>,
	passedOver: ReadonlyMap<ErrorCode, number>,
): string => {
	const would = [...streams].map(([stream, { count, first, last }]) => {
		const every = count > 1 ? `, one every ${((last - first) / (count - 1) / 1000).toPrecision(3)} s` : '';
		return `${stream} ${count}${every}`;
	});
	const over = [...passedOver].map(([code, count]) => `${count} ${code}`);
	return `Would be sent: ${would.join('; ') || 'nothing'}. Passed over: ${over.join(', ') || 'nothing'}.`;
};
