/** Long enough for a name, short enough for a table. */
const LONGEST = 160;

/**
 * Text of somebody's file, made fit for a terminal: no control characters (a name must not move the cursor or colour the
 * report), no direction marks, no more than 160 characters
 * unless `longest` says so.
 */
export const printable = (text: string, longest: number = LONGEST): string => {
	const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, '?');
	return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean;
};
