import { Problem } from '@keyward/core';

/** One server-sent event. */
export interface ServerEvent {
	readonly type: string;
	/** The last id seen in the stream; empty before the first. */
	readonly id: string;
	readonly data: string;
}

const LONGEST_LINE = 1_048_576;

/**
 * Reads server-sent events (WHATWG HTML §9.2.6) from UTF-8 text in chunks of any size. A line over 1 MiB
 * throws `packet-too-large`: no peer may fill our memory with one.
 */
export async function* readEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
	let rest = '';
	let type = '';
	let id = '';
	let data: string[] = [];
	let first = true;
	for await (const chunk of chunks) {
		rest += first ? chunk.replace(/^\uFEFF/, '') : chunk;
		first = false;
		// A carriage return at the very end may be half of a line end.
		const lines = rest.split(/\r\n|\n|\r(?!$)/);
		rest = lines.pop() ?? '';
		if (rest.length > LONGEST_LINE)
			throw new Problem('packet-too-large', 'The service sent an event that is too large.');
		for (const line of lines) {
			if (line === '') {
				if (data.length > 0) yield { type: type === '' ? 'message' : type, id, data: data.join('\n') };
				type = '';
				data = [];
				continue;
			}
			const colon = line.indexOf(':');
			const field = colon < 0 ? line : line.slice(0, colon);
			const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
			if (field === 'data') data.push(value);
			else if (field === 'event') type = value;
			else if (field === 'id' && !value.includes('\0')) id = value;
		}
	}
}
