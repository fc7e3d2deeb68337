import { type Bytes, days, hours, Problem } from '@keyward/core';
import { parseSpan } from '@keyward/core/spelling';
import type { Ring, RolloutTerms } from '@keyward/core/update';
import type { Command } from 'commander';

/** As they are written on the command line. */
export interface WrittenTerms {
	readonly ring?: readonly string[];
	readonly soak?: string;
	readonly patience?: string;
	readonly mostFailing?: string;
	readonly spread?: string;
	readonly cap?: string;
}

const wrong = (text: string, want: string): Problem =>
	new Problem('request-malformed', `${JSON.stringify(text)} is ${want}.`);

/** A share such as 10% or 0.5%, from 0 to 1. */
const parseShare = (text: string): number => {
	const [, number] = /^(\d{1,3}(?:\.\d+)?)\s?%$/.exec(text) ?? [];
	const share = Number(number) / 100;
	if (number === undefined || share > 1) throw wrong(text, 'no share: write one such as 10%');
	return share;
};

/** `10%`, `class:probe`, or names of devices between commas. */
const parseRing = (text: string): Ring => {
	if (text.endsWith('%')) return { kind: 'share', share: parseShare(text) };
	if (text.startsWith('class:')) return { kind: 'class', class: text.slice('class:'.length) };
	const devices = text.split(',').map((one) => one.trim());
	if (devices.some((one) => one === '')) throw wrong(text, 'no ring: write 10%, class:NAME, or names between commas');
	return { kind: 'devices', devices };
};

const sizes: Readonly<Record<string, number>> = { B: 1, kB: 1000, MB: 1_000_000, GB: 1_000_000_000 };

const parseCap = (text: string): Bytes => {
	const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s?([kMG]?B)\/s$/.exec(text) ?? [];
	const size = sizes[unit];
	if (number === undefined || size === undefined) throw wrong(text, 'no cap: write one such as 2MB/s');
	return Math.max(1, Math.round(Number(number) * size));
};

const span = (text: string | undefined, unless: number): number => (text === undefined ? unless : parseSpan(text));

/** Throws `Problem('request-malformed')`. */
export const parseTerms = ({ ring, soak, patience, mostFailing, spread, cap }: WrittenTerms): RolloutTerms => ({
	rings: (ring ?? ['1%', '10%']).map(parseRing),
	soak: span(soak, hours(1)),
	patience: span(patience, days(1)),
	mostFailing: mostFailing === undefined ? 0.02 : parseShare(mostFailing),
	spread: span(spread, 0),
	bytesPerSecond: cap === undefined ? null : parseCap(cap),
});

const gather = (one: string, before: readonly string[] = []): string[] => [...before, one];

export const termOptions = (command: Command): Command =>
	command
		.option(
			'--ring <ring>',
			'10%, class:NAME or names of devices; again for each further ring (default: 1%, 10%)',
			gather,
		)
		.option('--soak <span>', 'how long a device does well before it counts (default: 1h)')
		.option('--patience <span>', 'how long a device that is awake may take for a step (default: 1d)')
		.option('--most-failing <share>', 'share of a ring that may fail; one more halts it (default: 2%)')
		.option('--spread <span>', 'devices that are told at once begin at random moments within it')
		.option('--cap <rate>', 'what all downloads together may take, such as 2MB/s');
