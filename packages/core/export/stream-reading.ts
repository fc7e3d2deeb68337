import type { StreamName } from '../device/stream-name.ts';
import type { ShownDoubt } from '../observe/doubt.ts';
import type { Instant } from '../units/instant.ts';

/** One reading as a reader hands it on: which stream, where in it, and what was measured. */
export interface StreamReading extends StreamName {
	/** Its place in the stream, as the service gave it. */
	readonly cursor: string;
	readonly time: Instant;
	readonly value: number | string | boolean;
	/** SenML unit symbol. */
	readonly unit: string;
	readonly doubt?: readonly ShownDoubt[];
	/** Whether the device signed it, or it was opened alone, or came open and unsigned. */
	readonly proof?: 'opened' | 'signed' | 'unsigned';
	/** The owner's roster that it was judged by had expired. */
	readonly stale?: true;
	/** Codes of alarms that stand at this reader: what it was shown cannot all be true. */
	readonly alarms?: readonly string[];
}

/** All that is doubtful about a reading in words, for a form that has one place for it; empty where nothing is. */
export const doubtsIn = ({ doubt = [], proof, stale, alarms = [] }: StreamReading): readonly string[] => [
	...doubt,
	...(proof === undefined || proof === 'signed' ? [] : [proof]),
	...(stale === true ? ['expired-roster'] : []),
	...alarms,
];
