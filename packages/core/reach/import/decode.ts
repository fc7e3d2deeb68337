import { Problem } from '../../problem/problem.ts';

/** The text of a file in UTF-8, or in UTF-16 with its mark. Throws `Problem('inventory-encoding')` for any other. */
export const decodeText = (content: Uint8Array): string => {
	const [first, second] = content;
	const label =
		first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
	try {
		return new TextDecoder(label, { fatal: true }).decode(content);
	} catch {
		throw new Problem('inventory-encoding', 'The file is neither UTF-8 nor UTF-16 with its mark: save it as UTF-8');
	}
};
