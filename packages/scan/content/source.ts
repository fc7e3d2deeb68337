import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An open file. */
export interface ReadableFile {
	readonly fd: number;
	read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/** Bytes of which any part can be read. */
export interface Source {
	readonly length: number;
	/** The open file that it is, where it is all of one. */
	readonly whole?: ReadableFile;
	/** As many as there are, at most `length`. */
	read(position: number, length: number): Promise<Buffer>;
}

export const memorySource = (bytes: Buffer): Source => ({
	length: bytes.length,
	read: (position, length) => Promise.resolve(bytes.subarray(position, position + length)),
});

export const fileSource = (file: ReadableFile, length: number): Source => ({
	length,
	whole: file,
	async read(position, wanted) {
		const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(wanted, length - position)));
		let read = 0;
		while (read < buffer.length) {
			const { bytesRead } = await file.read(buffer, read, buffer.length - read, position + read);
			if (bytesRead === 0) break;
			read += bytesRead;
		}
		return buffer.subarray(0, read);
	},
});

/** A part of another, which ends where that one does at the latest. */
export const partOf = (source: Source, start: number, length: number): Source => {
	if (start === 0 && length >= source.length) return source;
	const within = Math.max(0, Math.min(length, source.length - start));
	return {
		length: within,
		read: (position, wanted) => source.read(start + position, Math.max(0, Math.min(wanted, within - position))),
	};
};

const PIECE = 1_048_576;

/** All of it, piece by piece. */
export async function* piecesOf(source: Source, from = 0): AsyncGenerator<Buffer> {
	for (let at = from; at < source.length;) {
		const piece = await source.read(at, PIECE);
		if (piece.length === 0) return;
		at += piece.length;
		yield piece;
	}
}

/** A file without a name, in nobody's folder before the first byte is written: whatever ends us leaves nothing behind. */
export const openFile = async (): Promise<FileHandle> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-'));
	try {
		return await open(join(folder, 'spool'), 'wx+', 0o600);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
};

/** Kept in memory up to this; beyond it in a file that has no name any more. */
const IN_MEMORY = 33_554_432;

/** Takes the bytes of a stream to be read at any place afterwards. */
export interface Spool {
	write(chunk: Buffer): Promise<void>;
	/** What was written so far. */
	source(): Source;
	close(): Promise<void>;
}

export const openSpool = (): Spool => {
	let parts: Buffer[] = [];
	let length = 0;
	let file: FileHandle | null = null;
	return {
		async write(chunk) {
			if (file === null && length + chunk.length > IN_MEMORY) {
				file = await openFile();
				await file.write(Buffer.concat(parts), 0, length, 0);
				parts = [];
			}
			if (file === null) parts.push(Buffer.from(chunk));
			else
				for (let at = 0; at < chunk.length;)
					at += (await file.write(chunk, at, chunk.length - at, length + at)).bytesWritten;
			length += chunk.length;
		},
		source() {
			if (file !== null) return fileSource(file, length);
			parts = [Buffer.concat(parts)];
			return memorySource(parts[0] ?? Buffer.alloc(0));
		},
		async close() {
			parts = [];
			await file?.close();
		},
	};
};
