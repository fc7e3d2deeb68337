import { Damaged, type Feed } from './feed.ts';
import type { Give } from './give.ts';
import { LzmaDecoder } from './lzma.ts';

/** The length of the dictionary, from its byte (xz file format §5.3.1). */
export const dictionaryOf = (octet: number): number =>
	octet === 40 ? 0xffffffff : (2 | (octet & 1)) * 2 ** ((octet >> 1) + 11);

/** Decodes LZMA2 to its end. Throws `CutShort`, `Damaged`. */
export const lzma2 = async (feed: Feed, give: Give, dictionary: number): Promise<void> => {
	const decoder = new LzmaDecoder(dictionary);
	const { window, coder } = decoder;
	let begun = false;
	let hasProperties = false;
	for (;;) {
		const [control = 0] = await feed.take(1);
		if (control === 0) return;
		if (control === 1 || control >= 0xe0) {
			window.reset();
			begun = true;
		}
		if (!begun || (control > 2 && control < 0x80)) throw new Damaged();
		if (control < 0x80) {
			const length = (await feed.take(2)).readUInt16BE(0) + 1;
			window.append(await feed.take(length));
			await window.flush(give);
			continue;
		}
		const head = await feed.take(4);
		const length = ((control & 0x1f) << 16) + head.readUInt16BE(0) + 1;
		const packed = head.readUInt16BE(2) + 1;
		if (control >= 0xc0) {
			const [properties = 255] = await feed.take(1);
			decoder.properties(properties);
			hasProperties = true;
		} else if (control >= 0xa0) decoder.resetState();
		if (!hasProperties) throw new Damaged();
		const bytes = await feed.take(packed);
		coder.begin(bytes, 0);
		const end = window.total + length;
		while (window.total < end) {
			if (!decoder.run(end - window.total, packed) || coder.at > packed) throw new Damaged();
			await window.flush(give);
		}
	}
};
