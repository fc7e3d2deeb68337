import { crc32 } from 'node:zlib';
import { openFile, piecesOf, type ReadableFile, type Source } from '../content/source.ts';
import { findTool, runTool } from './tool.ts';
import { Stopped, type Format, type Inner, type Opened } from './format.ts';

const LONGEST_LISTING = 67_108_864;

interface Member {
	readonly name: string;
	readonly size: number;
}

/** What `7z l -slt` lists: files with their lengths, in the order in which they are written out. */
const membersIn = (listing: string): Member[] =>
	listing.split(/\r?\n\r?\n/).flatMap((entry) => {
		const field = (name: string): string => new RegExp(`(?:^|\\n)${name} = ([^\\n]{0,4096})`).exec(entry)?.[1] ?? '';
		if (field('Path') === '' || field('Folder') === '+' || field('Attributes').startsWith('D')) return [];
		return [{ name: field('Path'), size: Number(field('Size')) || 0 }];
	});

/** The bytes as an open file: the one that they lie in, where they are all of it, else a copy without a name. */
const asFile = async (source: Source): Promise<{ readonly file: Pick<ReadableFile, 'fd'>; close(): Promise<void> }> => {
	if (source.whole !== undefined) return { file: source.whole, close: async () => undefined };
	const file = await openFile();
	let at = 0;
	for await (const piece of piecesOf(source)) {
		await file.write(piece, 0, piece.length, at);
		at += piece.length;
	}
	return { file, close: () => file.close() };
};

/** Gives what is written out, one file after the other, to streams inside, by their lengths. */
const splitter = (opened: Opened, members: readonly Member[]) => {
	let index = -1;
	let left = 0;
	let inner: Inner | null = null;
	const next = async (): Promise<void> => {
		await inner?.end();
		index++;
		inner = opened.inside(members[index]?.name ?? 'rest');
		left = index < members.length ? (members[index]?.size ?? 0) : Number.POSITIVE_INFINITY;
	};
	return {
		async write(chunk: Buffer): Promise<void> {
			for (let at = 0; at < chunk.length;) {
				while (left === 0) await next();
				const part = chunk.subarray(at, at + left);
				await inner?.write(part);
				at += part.length;
				left -= part.length;
			}
		},
		end: async () => inner?.end(),
	};
};

const read =
	(name: string, lengthOf: (head: Buffer) => number) =>
	async (opened: Opened): Promise<void> => {
		await opened.feed.need(64);
		const length = lengthOf(opened.feed.bytes);
		const program = findTool(['7zz', '7z', '7za', '7zr']);
		if (program === null) throw new Stopped(`${name} is not read: install 7z (Debian: p7zip-full)`);
		const source = await opened.source(length);
		const { file, close } = await asFile(source);
		const sink = { listing: '' };
		try {
			const listed = await runTool(program, ['l', '-slt', '-ba', '-p-', '/dev/fd/3'], file.fd, async (chunk) => {
				sink.listing += chunk.toString('utf8');
				if (sink.listing.length > LONGEST_LISTING) throw new Stopped(`${name} has so many files that it was not read`);
			});
			const members = membersIn(sink.listing);
			const split = splitter(opened, members);
			try {
				const { code } = await runTool(program, ['x', '-so', '-bd', '-y', '-p-', '/dev/fd/3'], file.fd, split.write);
				if (code !== 0 || listed.code !== 0)
					opened.problem(
						`${name} was not read to its end by 7z: it is damaged, encrypted, too large, of an unknown version, or the program could not be started`,
					);
			} finally {
				await split.end();
			}
		} finally {
			await close();
		}
		await opened.behind(source.length);
	};

const by7z = (
	name: string,
	label: string,
	magic: string,
	more: Partial<Format> & { readonly length?: (head: Buffer) => number } = {},
): Format => ({
	name,
	label,
	magic: Buffer.from(magic, 'hex'),
	first: more.first ?? true,
	fits: more.fits ?? (() => true),
	read: read(name, more.length ?? (() => Number.POSITIVE_INFINITY)),
});

/** What 7z opens, in a child that can write nothing, where it is installed. */
export const throughSevenZip: readonly Format[] = [
	by7z('a 7z archive', '7z', '377abcaf271c', {
		first: false,
		fits: (window, start) =>
			start + 32 <= window.length && crc32(window.subarray(start + 12, start + 32)) === window.readUInt32LE(start + 8),
		length: (head) => 32 + Number(head.readBigUInt64LE(12) + head.readBigUInt64LE(20)),
	}),
	by7z('a cabinet of Windows', 'cab', '4d53434600000000', {
		first: false,
		fits: (window, start) => window[start + 24] === 3 && window[start + 25] === 1,
		length: (head) => head.readUInt32LE(8),
	}),
	by7z('a WIM image', 'WIM', '4d5357494d000000'),
	by7z('a RAR archive', 'RAR', '526172211a07'),
	by7z('a QCOW image', 'QCOW', '514649fb'),
	by7z('a VHDX image', 'VHDX', '7668647866696c65'),
];
