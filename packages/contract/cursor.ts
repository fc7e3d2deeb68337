import { Type } from './type.ts';

const GENERATION_DIGITS = 10;

const whole = '0|[1-9][0-9]{0,15}';

/** A place in one stream, for as long as the store is not restored from a backup. Readers keep it as text. */
export interface ReaderCursor {
	/** Which store; null in the older form, which is a position alone. */
	readonly generation: string | null;
	/** 1, 2, 3 … without gaps; 0 is before the first. */
	readonly position: number;
}

/** As an answer gives it. */
export const cursor = Type.String({
	pattern: `^[0-9a-f]{${GENERATION_DIGITS}}-(${whole})$`,
	description:
		"place in the stream: which store, then the reading's position 1, 2, 3 … without gaps; 0 is before the first. " +
		'After a restore from a backup it is refused as `cursor-outdated`',
});

/** As it may be asked with. */
export const askedCursor = Type.Union(
	[
		Type.String({ pattern: `^(([0-9a-f]{${GENERATION_DIGITS}}-)?(${whole}))$` }),
		Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
	],
	{
		description:
			'a cursor as an answer gave it; 0 for the start. A position alone is taken where the store was never restored',
	},
);

/** `generation` may be longer: what of it tells stores apart is written. */
export const writeCursor = (generation: string, position: number): string =>
	`${generation.slice(0, GENERATION_DIGITS)}-${position}`;

/** Null when the text is no cursor. */
export const readCursor = (text: string): ReaderCursor | null => {
	const [, generation = null, digits] =
		new RegExp(`^(?:([0-9a-f]{${GENERATION_DIGITS}})-)?(${whole})$`).exec(text) ?? [];
	const position = Number(digits);
	return Number.isSafeInteger(position) ? { generation, position } : null;
};
