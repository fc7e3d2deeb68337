import type { Operations } from '@keyward/contract';
import { inLine } from '@keyward/core/export';
import { printText } from '../terminal/output.ts';
import { printMoment } from './moment.ts';

type Refused = Omit<Operations['refusals.list']['output'][number], 'principal' | 'person'>;

/** Two lines each, since a reason is a sentence. */
export const printRefusals = (refusals: readonly Refused[]): void => {
	for (const { code, requirement, reason, times, first, last } of refusals) {
		const often = times === 1 ? 'once' : `${times} times since ${printMoment(first)}`;
		printText(`  ${printMoment(last)}  ${code} (${requirement}), ${often}\n      ${inLine(reason)}\n`);
	}
};
