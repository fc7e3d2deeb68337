import type { Content } from '../content.ts';
import type { Sink } from '../nested/format.ts';

/** Intel HEX, and S-records of Motorola: `:LLAAAATT…CC`, `S1LLAAAA…CC`. */
const INTEL = /^:(?:[0-9A-Fa-f]{2}){5,300}$/;
const MOTOROLA = /^S[0-9](?:[0-9A-Fa-f]{2}){4,300}$/;

/** True where the first lines are all records. */
export const isHexRecords = (head: string): boolean => {
	const lines = head.split(/\r\n|\n|\r/, 9).slice(0, 8);
	const whole = lines.filter((line) => line.trim() !== '');
	return whole.length > 0 && whole.every((line) => INTEL.test(line.trim()) || MOTOROLA.test(line.trim()));
};

interface Part {
	readonly address: number;
	readonly bytes: Buffer;
}

/** A gap up to this is filled with zeros, so that little text never makes much; beyond it another part of the memory begins. */
const GAP = 256;
const LONGEST_LINE = 1024;

/** Octets of the address by the type of an S-record that holds data. */
const addressLengths: ReadonlyMap<string, number> = new Map([
	['1', 2],
	['2', 3],
	['3', 4],
]);

/** Decodes records and searches what they hold as a file of these bytes. */
export const hexRecordSink = (content: Content, openSink: (content: Content) => Sink): Sink => {
	let rest = '';
	let line = 0;
	let upper = 0;
	let next = 0;
	let inner: Sink | null = null;
	const broken = (): null => {
		content.problem('a record of Intel HEX or S-record is damaged', `line ${line}`);
		return null;
	};
	const intel = (bytes: Buffer): Part | null => {
		const [length = 0, , , type] = bytes;
		if (bytes.length !== length + 5 || sum(bytes) !== 0) return broken();
		const data = bytes.subarray(4, -1);
		if (type === 4 && length === 2) upper = data.readUInt16BE(0) * 65_536;
		if (type === 2 && length === 2) upper = data.readUInt16BE(0) * 16;
		return type === 0 ? { address: upper + bytes.readUInt16BE(1), bytes: data } : null;
	};
	const motorola = (type: string, bytes: Buffer): Part | null => {
		if (bytes.length !== (bytes[0] ?? 0) + 1 || sum(bytes) !== 255) return broken();
		const length = addressLengths.get(type);
		if (length === undefined || bytes.length < length + 2) return null;
		return { address: bytes.readUIntBE(1, length), bytes: bytes.subarray(1 + length, -1) };
	};
	const partOf = (text: string): Part | null => {
		if (INTEL.test(text)) return intel(Buffer.from(text.slice(1), 'hex'));
		return MOTOROLA.test(text) ? motorola(text[1] ?? '', Buffer.from(text.slice(2), 'hex')) : broken();
	};
	const give = async (parts: readonly Part[]): Promise<void> => {
		const chunk: Buffer[] = [];
		const flush = async (): Promise<void> => {
			if (chunk.length > 0) await inner?.write(Buffer.concat(chunk.splice(0)));
		};
		for (const { address, bytes } of parts) {
			const gap = address - next;
			if (inner === null || gap < 0 || gap > GAP) {
				await flush();
				await inner?.end();
				inner = openSink(content.within(`hex records from address ${address}`));
			} else if (gap > 0) chunk.push(Buffer.alloc(gap));
			chunk.push(bytes);
			next = address + bytes.length;
		}
		await flush();
	};
	const read = (text: string): Part[] =>
		text.split(/\r\n|\n|\r/).flatMap((one) => {
			line++;
			const part = one.trim() === '' ? null : partOf(one.trim());
			return part === null ? [] : [part];
		});
	return {
		async write(bytes) {
			const text = rest + bytes.toString('latin1');
			const end = text.lastIndexOf('\n') + 1;
			rest = text.slice(end);
			if (end > 0) await give(read(text.slice(0, end - 1)));
			if (rest.length > LONGEST_LINE) {
				content.problem('a line is too long to be a record of Intel HEX or S-record', `line ${line + 1}`);
				rest = '';
			}
		},
		async end() {
			await give(read(rest));
			await inner?.end();
		},
	};
};

const sum = (bytes: Uint8Array): number => bytes.reduce((all, octet) => (all + octet) & 255, 0);
