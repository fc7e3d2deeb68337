import type { Content } from '../content/content.ts';
import { p256Spki } from '../key/spki.ts';
import { hexOf } from '../list/secret.ts';

/** A line that is an uncompressed point of P-256 in hex or base64 and nothing else: no other 65 bytes lie on the curve by chance. */
export const readPoint = (line: string, number: number, content: Content): void => {
	const text = line.trim();
	if (text.length !== 130 && text.length !== 88) return;
	const point = text.length === 130 ? hexOf(text) : Buffer.from(text, 'base64');
	const spki = point === null ? null : p256Spki(point);
	if (spki !== null) content.key(`public key, line ${number}`, spki, false);
};
