import type { RowView, StreamSummary } from '@keyward/contract';
import { mostReadings, readCursor, writeCursor } from '@keyward/contract/cursor';
import { Problem } from '@keyward/core';
import { readSealedItem } from '@keyward/core/seal';
import type { Client } from './client.ts';
import { bytesOf, isCheckpointRow } from './signed-open.ts';

/** Rows of the first look: few readings with what is signed between them. */
const FEW = 16;

/** The place before the last `count` readings of a stream: epochs and checkpoints between them are rows, and no readings. */
export const beforeNewest = async (
	client: Pick<Client, 'call'>,
	{ application, device, stream, cursor }: StreamSummary,
	count: number,
): Promise<string> => {
	const { generation, position } = readCursor(cursor) ?? { generation: null, position: 0 };
	if (generation === null) return '0';
	let left = count;
	let rows = Math.min(mostReadings, 2 * count + FEW);
	for (let end = position; end > 0; rows = mostReadings) {
		const from = Math.max(0, end - rows);
		const asked = { application, device, stream, after: writeCursor(generation, from), limit: end - from };
		const { readings } = await client.call('readings.read', asked);
		// What is no longer kept leaves later rows in its place.
		const places = readings
			.filter(hasReading)
			.flatMap((row) => readCursor(row.cursor)?.position ?? [])
			.filter((place) => place > from && place <= end);
		const begin = places.at(-left);
		if (begin !== undefined) return writeCursor(generation, begin - 1);
		left -= places.length;
		end = from;
		// Before these is nothing, or nothing that a device sends: a service must not lead a reader on for ever.
		if (places.length === 0 && rows === mostReadings) return writeCursor(generation, from);
	}
	return writeCursor(generation, 0);
};

const hasReading = (row: RowView): boolean => {
	if (!('sealed' in row)) return true;
	if (isCheckpointRow(row)) return false;
	try {
		const { kind } = readSealedItem(bytesOf(row));
		return kind === 'reading' || kind === 'signed-reading';
	} catch (error) {
		if (error instanceof Problem) return false;
		throw error;
	}
};
