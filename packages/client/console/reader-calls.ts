import { type OperationName, type Operations, operations } from '@keyward/contract';
import { hours, type Milliseconds, Problem } from '@keyward/core';
import type { StreamName } from '@keyward/core/port';
import type { ReaderTrust } from '@keyward/core/seal';
import type { Client } from '../client.ts';
import { Opener } from '../opener.ts';

/** Openers that wait for the next page of their stream: one for each tab and stream. */
const MOST_OPENERS = 64;

/** How long a page may be open. */
export const LONGEST: Milliseconds = hours(8);

/** What the page may ask: what changes nothing and is for a reader's certificate, and who it is. */
const askable: ReadonlySet<string> = new Set([
	'session.self',
	...Object.values(operations)
		.filter(
			({ name, callers, ...more }) =>
				'safe' in more &&
				// Bytes of the owner's files are not for a page.
				name !== 'owner.file' &&
				callers.some((rule) => rule.kind === 'certificate' && rule.role === 'reader'),
		)
		.map(({ name }) => name),
]);

/** Answers the console's calls with what the site tells the reader, and opens readings here. */
export type ReaderCalls = (name: string, input: object) => Promise<object>;

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);

export const createReaderCalls = (
	client: Pick<Client, 'call'>,
	reader: string,
	trustOf: () => Promise<ReaderTrust | null>,
	now: () => number,
): ReaderCalls => {
	const until = now() + LONGEST;
	/** By stream and the place where each goes on: what it knows of the rows before is true there alone. */
	const openers = new Map<string, Opener>();
	const read = async (input: Operations['readings.read']['input']): Promise<object> => {
		const { application, device, stream, after } = input;
		const name: StreamName = { application, device, stream };
		const placeOf = (cursor: string | number): string => JSON.stringify([application, device, stream, String(cursor)]);
		const { readings: rows, next } = await client.call('readings.read', input);
		const known = openers.get(placeOf(after));
		openers.delete(placeOf(after));
		const opener = known ?? new Opener(client, trustOf, false);
		const { readings, findings, nowSigned, signed } = await opener.open({ name, readings: rows, next });
		openers.set(placeOf(next), opener);
		for (const place of [...openers.keys()].slice(0, Math.max(0, openers.size - MOST_OPENERS))) openers.delete(place);
		const spans = signed.flatMap(({ times }) =>
			times.length === 0
				? []
				: [{ from: times.reduce((a, b) => Math.min(a, b)), to: times.reduce((a, b) => Math.max(a, b)) }],
		);
		return { readings, next, findings, nowSigned: [...nowSigned, ...spans] };
	};
	return async (name, input) => {
		if (!askable.has(name) || !isOperation(name))
			throw new Problem('not-granted', `This page asks as a reader, and ${name} is not for readers.`);
		if (name === 'session.self') return { person: reader, role: 'reader', until, may: [...askable] };
		// The site judges the input, as it judges any reader's.
		return name === 'readings.read' ? read(input as Operations['readings.read']['input']) : client.call(name, input);
	};
};
