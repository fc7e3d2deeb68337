import { Type } from './type.ts';

const GENERATION_DIGITS = 10;

const whole = '0|[1-9][0-9]{0,15}';

/** A place in one stream, for as long as the store is not restored from a backup. Readers keep it as text. */
export interface ReaderCursor {
	/** Which store; null for a position alone, which is only good as 0 (`cursorFault`). */
	readonly generation: string | null;
	/** 1, 2, 3 … without gaps; 0 is before the first. */
	readonly position: number;
}

/** The most readings that one answer carries. */
export const mostReadings = 1000;

/** As an answer gives it. */
export const cursor = Type.String({
	pattern: `^[0-9a-f]{${GENERATION_DIGITS}}-(${whole})$`,
	description:
		"place in the stream: which store, then the reading's position 1, 2, 3 … without gaps; 0 is before the first. " +
		'After a restore from a backup it is refused as `cursor-outdated`',
});

/** As it may be asked with. */
export const askedCursor = Type.Union(
	[Type.String({ maxLength: 64 }), Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })],
	{
		description:
			'a cursor as an answer gave it, such as `0123456789-44`; 0 for the start. A position alone is refused: after a restore ' +
			'it would mean another reading',
	},
);

/** `generation` may be longer: what of it tells stores apart is written. */
export const writeCursor = (generation: string, position: number): string =>
	`${generation.slice(0, GENERATION_DIGITS)}-${position}`;

/** What is wrong with a cursor to be asked with, as the end of a sentence that begins with its field; null when nothing is. */
export const cursorFault = (text: string): string | null => {
	const found = readCursor(text);
	if (found === null) return 'must be a cursor as an answer gave it, such as 0123456789-44, or 0 for the start.';
	if (found.generation !== null || found.position === 0) return null;
	return `is ${found.position}, a position without its store: after a restore another reading has it. Write the whole cursor as an answer gave it, such as 0123456789-${found.position}, or 0 to begin at the start.`;
};

/** Null when the text is no cursor. */
export const readCursor = (text: string): ReaderCursor | null => {
	const [, generation = null, digits] =
		new RegExp(`^(?:([0-9a-f]{${GENERATION_DIGITS}})-)?(${whole})$`).exec(text) ?? [];
	const position = Number(digits);
	return Number.isSafeInteger(position) ? { generation, position } : null;
};
