import type { Instant, Problem } from '@keyward/core';

/** One measurement as a sensor gave it. */
export interface Sample {
	/** A name of the policy's `streams`. */
	readonly stream: string;
	readonly time: Instant;
	/** A number is finite. */
	readonly value: number | string | boolean;
	/** SenML unit symbol; without it the stream has none. */
	readonly unit?: string;
}

/**
 * Where samples come from. To add a source, implement this and give it to `runDevice`.
 *
 * - Input that is not a sample is yielded as a `Problem`, in its place; the agent counts it and goes on. Nothing that
 *   is in doubt is ever yielded as a sample.
 * - Times of one stream differ: a reading's identity is (device, stream, time).
 * - Reading again from the start may yield the same samples again: the outbox keeps each once.
 * - Samples are pulled: the next is asked for when the last is durable. While the outbox is full, nothing is asked for.
 * - Ending means that no sample will ever come. A source that breaks throws a `Problem`.
 */
export interface Source {
	/** True when what is not taken at once is lost (a serial line); a full outbox then drops and counts. */
	readonly live: boolean;
	/** Reads until the end or until the signal is aborted; being aborted is an end, not an error. */
	read(signal: AbortSignal): AsyncIterable<Sample | Problem>;
}
