import type { Content } from '../content/content.ts';
import type { Sink } from '../nested/format.ts';
import { dumpReader, type Part } from './hex-dump.ts';

/** A gap up to this is filled with zeros, so that little text never makes much; beyond it another part of the memory begins. */
const GAP = 256;
const LONGEST_LINE = 1024;

/**
 * Decodes records (Intel HEX, S-records, Tektronix, TI-TXT, Verilog) and dumps (xxd, hexdump, od) and searches what they hold as a file of these
 * bytes. Null when `head` begins none.
 */
export const hexRecordSink = (head: string, content: Content, openSink: (content: Content) => Sink): Sink | null => {
	const readLine = dumpReader(head);
	if (readLine === null) return null;
	let rest = '';
	let line = 0;
	let next = 0;
	let inner: Sink | null = null;
	const give = async (parts: readonly Part[]): Promise<void> => {
		const chunk: Buffer[] = [];
		const flush = async (): Promise<void> => {
			if (chunk.length > 0) await inner?.write(Buffer.concat(chunk.splice(0)));
		};
		for (const { address, bytes } of parts) {
			const at = address ?? next;
			const gap = at - next;
			if (inner === null || gap < 0 || gap > GAP) {
				await flush();
				await inner?.end();
				inner = openSink(content.within(`hex from address ${at}`));
			} else if (gap > 0) chunk.push(Buffer.alloc(gap));
			chunk.push(bytes);
			next = at + bytes.length;
		}
		await flush();
	};
	const read = (text: string): Part[] =>
		text.split(/\r\n|\n|\r/).flatMap((one) => {
			line++;
			const part = one.trim() === '' ? null : readLine(one.trim());
			if (part === undefined) content.problem('a line of hex records, or of a dump in hex, is damaged', `line ${line}`);
			return part === null || part === undefined ? [] : [part];
		});
	return {
		async write(bytes) {
			const text = rest + bytes.toString('latin1');
			const end = text.lastIndexOf('\n') + 1;
			rest = text.slice(end);
			if (end > 0) await give(read(text.slice(0, end - 1)));
			if (rest.length > LONGEST_LINE) {
				content.problem('a line is too long to be a record or a dump in hex', `line ${line + 1}`);
				rest = '';
			}
		},
		async end() {
			await give(read(rest));
			await inner?.end();
		},
	};
};
