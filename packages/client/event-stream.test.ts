import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import fc from 'fast-check';
import { readEvents, type ServerEvent } from './event-stream.ts';

async function* from(chunks: readonly string[]): AsyncGenerator<string> {
	yield* chunks;
}

const read = async (...chunks: string[]): Promise<ServerEvent[]> => {
	const events: ServerEvent[] = [];
	for await (const event of readEvents(from(chunks))) events.push(event);
	return events;
};

test('events carry type, id and data; comments and unknown fields are passed over', async () => {
	assert.deepEqual(await read(':\n\nid: 7\ndata: a\ndata:b\nretry: 5\n\nevent: end\ndata: {}\n\n'), [
		{ type: 'message', id: '7', data: 'a\nb' },
		{ type: 'end', id: '7', data: '{}' },
	]);
});

test('an event without data, or cut off before its empty line, is no event', async () => {
	assert.deepEqual(await read('event: x\n\ndata: whole\n\ndata: cut off\n'), [
		{ type: 'message', id: '', data: 'whole' },
	]);
});

test('how the text is cut into chunks, and which line ends it has, changes nothing', async () => {
	const event = fc.record({ id: fc.nat().map(String), data: fc.stringMatching(/^[ -~\u00e4]{1,20}$/) });
	await fc.assert(
		fc.asyncProperty(
			fc.array(event, { maxLength: 8 }),
			fc.constantFrom('\n', '\r\n', '\r'),
			fc.integer({ min: 1, max: 9 }),
			async (events, end, size) => {
				const text = events.map(({ id, data }) => `id: ${id}${end}data: ${data}${end}${end}`).join('');
				// A lone carriage return at the very end stays undecided until more comes.
				const whole = `${text}${end === '\r' ? ':' : ''}`;
				const chunks = whole.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
				assert.deepEqual(
					(await read(...chunks)).map(({ id, data }) => ({ id, data })),
					events.map(({ id, data }) => ({ id, data })),
				);
			},
		),
	);
});

test('a line without end is refused', async () => {
	await assert.rejects(
		read('data: ', ...Array.from({ length: 20 }, () => 'x'.repeat(100_000))),
		(error) => error instanceof Problem && error.code === 'packet-too-large',
	);
});
