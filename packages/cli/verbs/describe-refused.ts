import type { Operations } from '@keyward/contract';
import { inLine } from '@keyward/core/export';
import { printMoment } from './moment.ts';

type Refused = NonNullable<Operations['device.show']['output']['refused']>;

/** What release a device did not take, why, and whether that is its own word. */
export const describeRefused = ({ release, code, detail, at, signed }: Refused): string =>
	`It refused ${inLine(release)} on ${printMoment(at)}: ${inLine(detail ?? 'it did not say why')} [${code}] ` +
	(signed ? '(signed by the device)' : '(unsigned: the site says so)');
