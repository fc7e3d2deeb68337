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
	/** Of a sealed stream: whether the device signed it, or it was opened alone. */
	readonly proof?: 'opened' | 'signed' | 'unsigned';
}
