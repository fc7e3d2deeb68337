/** Control characters (C0, DEL, C1) but line break and tab, those that turn the direction of text, and other ends of a line. */
const STEERING = /[[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]--[\n\t]]/gv;
const ENDING = /[\n\t]/g;

const written = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Text of several lines, with every character that would steer what shows it written as `\u001b`: names, values and reasons come from
 * devices, persons and files (CR 3.5), and an escape sequence among them could rewrite what is read, or type for who reads.
 */
export const visible = (text: string): string => text.replace(STEERING, written);

/** The same for what has one place in a line: no line break begins a row that nobody wrote, no tab a column. */
export const inLine = (text: string): string => visible(text).replace(ENDING, written);
