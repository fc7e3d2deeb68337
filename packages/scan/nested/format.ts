import type { Give } from '../codec/give.ts';
import type { Content } from '../content/content.ts';
import type { Source } from '../content/source.ts';
import type { Feed } from '../codec/feed.ts';

/** Takes a stream of bytes, and keeps none of a chunk's own memory when `write` has resolved. */
export interface Sink {
	write(chunk: Buffer): Promise<void>;
	/** Told before the end where that comes too soon: what was written last is not whole. */
	cut?(): void;
	end(): Promise<void>;
}

/** Enough was read: what is said of it. */
export class Stopped extends Error {
	/** Nothing more of this file is opened. */
	readonly forGood: boolean;
	constructor(reason: string, forGood = false) {
		super(reason);
		this.forGood = forGood;
	}
}

/** One stream inside. */
export interface Inner {
	readonly content: Content;
	/** Counts against the limits. */
	readonly write: Give;
	/** As of a {@link Sink}. */
	cut?(): void;
	end(): Promise<void>;
}

/** What a format is read with. */
export interface Opened {
	/** From its first byte on. */
	readonly feed: Feed;
	/** Of the stream that it lies in. */
	readonly content: Content;
	/** A stream inside, which is read as any content is; `name` is its path there. */
	inside(name?: string): Inner;
	/** As many bytes from its first on, or all to the end of the stream, to be read at any place. The feed stays where it is. */
	source(length?: number): Promise<Source>;
	/** As many bytes from its first on were read in that way: what follows is something else. */
	behind(length: number): Promise<void>;
	/** Up to here it was whole. What follows seems to be another part of it, and is something else if it cannot be read. */
	mark(): void;
	/** Says what in it could not be read. */
	problem(reason: string, name?: string): void;
}

/** Something that other streams lie in, known by its first bytes wherever it lies. */
export interface Format {
	/** `a ZIP archive`. */
	readonly name: string;
	/** In labels: `zip`. */
	readonly label: string;
	/** The bytes by which it is looked for, two at least, and how far behind its start they lie. */
	readonly magic: Buffer;
	readonly at?: number;
	/** Too little to know it by, but where a stream begins with it. */
	readonly first?: boolean;
	/** Is what lies in `window` from `start` on, with its magic, one? Other bytes are with a chance of 2^-40 at most. */
	fits(window: Buffer, start: number): boolean;
	/** Reads it. Throws `CutShort`, `Damaged`, {@link Stopped}. */
	read(opened: Opened): Promise<void>;
}
