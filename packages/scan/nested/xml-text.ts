const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Texts of XML as they are meant. */
export const unescaped = (text: string): string =>
	text.includes('&')
		? text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (all, decimal, hex, name) => {
				if (typeof name === 'string') return entities[name] ?? all;
				const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
				return code <= 0x10ffff ? String.fromCodePoint(code) : all;
			})
		: text;

/** One tag, or the text up to the next. */
export interface XmlPiece {
	/** With its prefix; `/name` where it ends an element; '' for text. */
	readonly tag: string;
	/** Attributes as written, or the text. */
	readonly text: string;
	readonly empty: boolean;
}

/** Tags and texts of XML one after the other, whatever its rules. */
export function* xmlPieces(xml: string): Generator<XmlPiece> {
	for (let at = 0; at < xml.length;) {
		const open = xml.indexOf('<', at);
		if (open !== at) yield { tag: '', text: unescaped(xml.slice(at, open === -1 ? undefined : open)), empty: false };
		if (open === -1) return;
		const close = xml.indexOf('>', open);
		if (close === -1) return;
		const inside = xml.slice(open + 1, close);
		const empty = inside.endsWith('/');
		const [tag = ''] = /^[^\s/]*(?:\/[^\s/]+)?/.exec(inside) ?? [];
		yield { tag, text: inside.slice(tag.length), empty };
		at = close + 1;
	}
}

/** The value of an attribute; null where there is none. */
export const attributeOf = (text: string, name: string): string | null => {
	const at = text.search(new RegExp(`(?:^|\\s)${name}="`));
	if (at === -1) return null;
	const from = text.indexOf('"', at) + 1;
	const end = text.indexOf('"', from);
	return end === -1 ? null : unescaped(text.slice(from, end));
};
