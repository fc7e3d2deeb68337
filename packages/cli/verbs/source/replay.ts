import { type Pace, parseNumber, type ReplayOptions } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { OptionName } from './kind.ts';
import { misuse, type SourceOptions } from './options.ts';

/** The options of how a recording is played. */
export const replayOptions = ['times', 'speed', 'every', 'repeat'] as const satisfies readonly OptionName[];

export const replayOf = ({ times = 'keep', speed, every, repeat = false }: SourceOptions): ReplayOptions => {
	if (times !== 'keep' && times !== 'now') throw misuse('--times is keep or now');
	if (speed !== undefined && every !== undefined) throw misuse('give --speed or --every, not both');
	return { times, pace: paceOf(speed, every), repeat };
};

const paceOf = (speed: string | undefined, every: string | undefined): Pace => {
	if (every !== undefined) return { every: parseSpan(every) };
	if (speed === 'max') return 'unpaced';
	return { speed: speed === undefined ? 1 : parseNumber(speed) };
};
