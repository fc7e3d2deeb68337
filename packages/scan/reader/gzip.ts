import { createInflateRaw, type InflateRaw } from 'node:zlib';
import type { Content } from '../content.ts';
import { isZero } from '../window.ts';

/** Takes a stream of bytes, and keeps none of a chunk's own memory when `write` has resolved. */
export interface Sink {
	write(chunk: Buffer): Promise<void>;
	end(): Promise<void>;
}

/** Header with its optional fields (RFC 1952 §2.3). */
const LONGEST_HEADER = 4096;
const MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);

/** How many bytes at the end may begin a member. */
const startOfMagic = (bytes: Buffer): number =>
	[2, 1].find((length) => bytes.subarray(-length).equals(MAGIC.subarray(0, length))) ?? 0;

/** Length of the header that begins `bytes`; null when it is not all there, -1 when it is none. */
const headerLength = (bytes: Buffer): number | null => {
	if (bytes.length < 10) return null;
	const flags = bytes[3] ?? 0;
	if ((flags & 0xe0) !== 0) return -1;
	let at = 10;
	if ((flags & 4) !== 0) {
		if (bytes.length < at + 2) return null;
		at += 2 + bytes.readUInt16LE(at);
	}
	for (const flag of [8, 16]) {
		if ((flags & flag) === 0) continue;
		const end = bytes.indexOf(0, at);
		if (end === -1) return bytes.length > LONGEST_HEADER ? -1 : null;
		at = end + 1;
	}
	if ((flags & 2) !== 0) at += 2;
	if (at > LONGEST_HEADER) return -1;
	return bytes.length < at ? null : at;
};

interface Member {
	readonly inflate: InflateRaw;
	readonly start: number;
	/** Resolves at its end with null, or with the reason why it ended early. */
	readonly done: Promise<string | null>;
	fed: number;
	given: number;
}

/** Members that are opened in a stream: some, and more for each of these many bytes of it. */
const FREE_MEMBERS = 1024;
const BYTES_A_MEMBER = 4096;
/** CRC and length after the data. */
const TRAILER = 8;

/**
 * Inflates gzip members (RFC 1952) at any place in a stream, one at a time, and gives each to a sink of its own; members
 * that follow one another are one stream, as RFC 1952 §2.2 says.
 */
export const gzipCarver = (content: Content, openSink: (content: Content) => Sink): Sink => {
	let rest: Buffer = Buffer.alloc(0);
	/** Place in the stream of `rest[0]`. */
	let base = 0;
	let member: Member | null = null;
	let members = 0;
	let stopped = false;
	let sink: { readonly to: Sink; next: number } | null = null;

	const endSink = async (): Promise<void> => {
		await sink?.to.end();
		sink = null;
	};
	const open = async (start: number): Promise<Member | null> => {
		if (++members > FREE_MEMBERS + start / BYTES_A_MEMBER) {
			stopped = true;
			content.problem('so many gzip members that no more were opened', `byte ${start}`);
			return null;
		}
		if (sink?.next !== start) await endSink();
		sink ??= { to: openSink(content.within(`gzip at byte ${start}`)), next: -1 };
		const { to } = sink;
		const inflate = createInflateRaw({ chunkSize: 262_144 });
		const drain = async (): Promise<string | null> => {
			try {
				for await (const chunk of inflate as AsyncIterable<Buffer>) {
					opened.given += chunk.length;
					content.spent.inflated += chunk.length;
					await to.write(chunk);
					const reason = tooMuch(opened);
					if (reason !== null) return reason;
				}
				return null;
			} catch (error) {
				if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
				return error.code === 'Z_BUF_ERROR' ? 'a gzip member is cut short' : 'a gzip member is damaged';
			}
		};
		const opened: Member = { inflate, start, fed: 0, given: 0, done: Promise.resolve().then(drain) };
		return opened;
	};
	/** Stops gzip bombs: by what one member gives for what it takes, and by what all of them give. */
	const tooMuch = ({ inflate, given }: Member): string | null => {
		const { memberFree, memberRatio, inflated } = content.limits;
		if (given > memberFree && given > memberRatio * Math.max(1, inflate.bytesWritten))
			return `a gzip member gives more than ${memberRatio} bytes for each of its own and was left there`;
		if (content.spent.inflated <= inflated) return null;
		stopped = true;
		return `more than ${inflated} bytes came out of gzip, and no more was opened`;
	};
	/** Ends the open member; bytes that only looked like one are no problem, except where the stream begins with them. */
	const close = async (one: Member): Promise<void> => {
		const reason = await one.done;
		one.inflate.destroy();
		member = null;
		if (reason !== null && (one.given > 0 || one.start === 0)) content.problem(reason, `byte ${one.start}`);
	};
	/** Feeds the open member; gives how many bytes of `bytes` are behind it. */
	const feed = async (one: Member, bytes: Buffer): Promise<number> => {
		const before = one.inflate.bytesWritten;
		one.fed += bytes.length;
		const written = new Promise<'more'>((resolve) => {
			one.inflate.write(bytes, (error) => (error ? undefined : resolve('more')));
		});
		const ended = await Promise.race([written, one.done]);
		if (ended === 'more' && one.inflate.bytesWritten === one.fed) return bytes.length;
		const taken = Math.max(0, Math.min(bytes.length, one.inflate.bytesWritten - before));
		await close(one);
		if (sink !== null) sink.next = base + taken + TRAILER;
		return taken;
	};
	/** Looks for the next member; gives how many bytes of `bytes` need no second look. */
	const seek = async (bytes: Buffer, last: boolean): Promise<number> => {
		const at = stopped ? -1 : bytes.indexOf(MAGIC);
		if (at === -1) return last ? bytes.length : bytes.length - startOfMagic(bytes);
		const length = headerLength(bytes.subarray(at));
		if (length === null) return last ? bytes.length : at;
		if (length > 0) member = await open(base + at);
		return at + (member === null ? 1 : length);
	};

	const read = async (last: boolean): Promise<void> => {
		while (rest.length > 0) {
			const feeding = member !== null;
			const used = member === null ? await seek(rest, last) : await feed(member, rest);
			if (used === 0 && !feeding) return;
			rest = rest.subarray(used);
			base += used;
		}
	};
	return {
		async write(chunk) {
			if (member === null && rest.length === 0 && isZero(chunk)) {
				base += chunk.length;
				return;
			}
			rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
			await read(false);
			// What is kept is little; the chunk that it lies in is not to be held by it.
			rest = Buffer.from(rest);
		},
		async end() {
			await read(true);
			if (member !== null) {
				member.inflate.end();
				await close(member);
			}
			await endSink();
		},
	};
};
