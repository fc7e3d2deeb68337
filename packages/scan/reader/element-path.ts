interface Element {
	readonly tag: string;
	readonly name: string;
	/** Elements of the same tag that are open in it. */
	within: number;
}

/** What names an element, the most telling first. */
const NAME = /\s(?:name|id|serial|label|hostname)\s{0,4}=\s{0,4}(?:"([^"]{1,64})"|'([^']{1,64})')/i;
const NUMBER = /\s(?:number|no|address|slot|index)\s{0,4}=\s{0,4}(?:"([^"]{1,64})"|'([^']{1,64})')/i;
const TAG = /^\/?[A-Za-z][\w:.-]{0,63}/;
/** Deeper than documents are. */
const MOST = 32;
const LONGEST_TAG = 512;

/** In which elements of XML a place stands that have a name: `<Outstation name="RTU-1"><User number="1"><Psk>`. */
export const elementPath = () => {
	let open: Element[] = [];
	const tag = (written: string): void => {
		const [begin = ''] = TAG.exec(written) ?? [];
		const called = begin.replace('/', '');
		if (called === '' || (written.endsWith('/') && begin === called)) return;
		const last = open.findLastIndex((one) => one.tag === called);
		const same = open[last];
		if (begin !== called) {
			if (same === undefined) return;
			if (same.within > 0) same.within--;
			else open.length = last;
			return;
		}
		const [, double, single] = written.includes('=') ? (NAME.exec(written) ?? NUMBER.exec(written) ?? []) : [];
		const name = double ?? single;
		if (name === undefined) {
			if (same !== undefined) same.within++;
		} else if (open.length < MOST) open.push({ tag: called, name, within: 0 });
		else open = [];
	};
	return {
		/** Told of a text from here to there, piece after piece. */
		read(text: string, from: number, to: number): void {
			for (let at = text.indexOf('<', from); at !== -1 && at < to; at = text.indexOf('<', at + 1)) {
				const end = text.indexOf('>', at);
				if (end === -1) return;
				if (end - at <= LONGEST_TAG) tag(text.slice(at + 1, end));
				at = end - 1;
			}
		},
		/** From the outermost. */
		open: (): readonly Pick<Element, 'tag' | 'name'>[] => open,
	};
};
