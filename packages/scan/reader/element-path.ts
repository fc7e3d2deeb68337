interface Element {
	readonly tag: string;
	/** By an attribute, or by the first element in it that is a name. */
	name: string | null;
}

/** What names an element, the most telling first. */
const NAME = /\s(?:name|id|serial|label|hostname)\s{0,4}=\s{0,4}(?:"([^"]{1,64})"|'([^']{1,64})')/i;
const NUMBER = /\s(?:number|no|address|slot|index)\s{0,4}=\s{0,4}(?:"([^"]{1,64})"|'([^']{1,64})')/i;
/** Elements that hold the name of the one around them. */
const CHILD = /^(?:[\w-]{1,16}:)?(?:name|id|serial|serialnumber|hostname|deviceid)$/i;
const TAG = /^\/?[A-Za-z][\w:.-]{0,63}/;
/** Deeper than documents are. */
const MOST = 32;
const LONGEST_TAG = 512;
const LONGEST_NAME = 64;

/** In which elements of XML a place stands that have a name: `<Outstation name="RTU-1"><User number="1"><Psk>`. */
export const elementPath = () => {
	let open: Element[] = [];
	/** `written` is between the brackets, `before` the text from the tag before. */
	const tag = (written: string, before: string): void => {
		const [begin = ''] = TAG.exec(written) ?? [];
		const called = begin.replace('/', '');
		if (called === '' || (written.endsWith('/') && begin === called)) return;
		if (begin !== called) {
			const last = open.findLastIndex((one) => one.tag === called);
			if (last === -1) return;
			open.length = last;
			const around = open.at(-1);
			if (around?.name === null && CHILD.test(called)) around.name = before.trim() || null;
			return;
		}
		const [, double, single] = written.includes('=') ? (NAME.exec(written) ?? NUMBER.exec(written) ?? []) : [];
		// What never closes, as in HTML.
		if (open.length >= MOST) open = [];
		open.push({ tag: called, name: double ?? single ?? null });
	};
	return {
		/** Told of a text from here to there, piece after piece. */
		read(text: string, from: number, to: number): void {
			let after = text.length;
			for (let at = text.indexOf('<', from); at !== -1 && at < to; at = text.indexOf('<', at + 1)) {
				const end = text.indexOf('>', at);
				if (end === -1) return;
				const before = after < at && at - after <= LONGEST_NAME ? text.slice(after, at) : '';
				if (end - at <= LONGEST_TAG) tag(text.slice(at + 1, end), before);
				after = end + 1;
				at = end;
			}
		},
		/** From the outermost. */
		open: (): readonly { readonly tag: string; readonly name: string }[] =>
			open.flatMap(({ tag, name }) => (name === null ? [] : [{ tag, name }])),
	};
};
