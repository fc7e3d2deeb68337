/** Encodings of before UTF-8 that programs still write lists in, by the names of the Encoding Standard. */
export type OldEncoding = 'windows-1252' | 'shift_jis' | 'gb18030' | 'big5' | 'euc-kr' | 'euc-jp' | OneByte;
type OneByte = (typeof oneByte)[number];

/** One byte for each letter: any bytes are text in each of them, so that only words tell them apart. */
const oneByte = [
	...(['windows-1251', 'koi8-r', 'windows-1250', 'iso-8859-2', 'windows-1254', 'windows-1253', 'iso-8859-7'] as const),
	...(['windows-1256', 'windows-1255', 'windows-1257', 'windows-874'] as const),
] as const;

/** What is looked at. */
const SAMPLE = 65_536;
/** Characters that must be what such texts are made of. */
const MOST = 0.85;
/** Fewer syllables of Korean are told from Chinese by chance. */
const FEWEST_SYLLABLES = 6;

/** Not the one of `node:buffer`: pages have none. */
const isAscii = (bytes: Uint8Array): boolean => {
	for (let at = 0; at < bytes.length; at++) if ((bytes[at] ?? 0) > 0x7f) return false;
	return true;
};

const share = (part: number, of: number): number => (of === 0 ? 0 : part / of);

/** The text in an encoding; null where these are no bytes of it. */
const textIn = (encoding: OldEncoding, bytes: Buffer): string | null => {
	try {
		return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
	} catch {
		return null;
	}
};

/** Two bytes above 0xa0 for each character, as EUC and GB 2312 have them: its first byte. Null where some stand alone. */
const leadsOf = (bytes: Buffer): readonly number[] | null => {
	const leads: number[] = [];
	for (let at = 0; at < bytes.length; at++) {
		const lead = bytes[at] ?? 0;
		if (lead < 0x80) continue;
		const trail = bytes[at + 1];
		if (trail === undefined) break;
		if (lead < 0xa1 || trail < 0xa1) return null;
		leads.push(lead);
		at++;
	}
	return leads;
};

const shareOf = (leads: readonly number[], from: number, to: number): number =>
	share(leads.filter((lead) => lead >= from && lead <= to).length, leads.length);

/** By the rows of its table in which the characters of most texts lie: GB 2312's first level, Hangul, Kana. */
const byTable = (bytes: Buffer): OldEncoding | null => {
	const leads = leadsOf(bytes);
	if (leads === null || leads.length < 2) return null;
	const kana = leads.filter((lead) => lead === 0xa4 || lead === 0xa5).length;
	if (share(kana, leads.length) > 0.2 && textIn('euc-jp', bytes) !== null) return 'euc-jp';
	const others = leads.filter((lead) => lead > 0xaf);
	if (others.length >= FEWEST_SYLLABLES && shareOf(others, 0xb0, 0xc8) > 0.97 && textIn('euc-kr', bytes) !== null)
		return 'euc-kr';
	return shareOf(others, 0xb0, 0xd7) >= MOST && textIn('gb18030', bytes) !== null ? 'gb18030' : null;
};

/** Kana and Kanji; the half of Kana that has one byte each is what Latin and Chinese texts look like. */
const isShiftJis = (bytes: Buffer): boolean => {
	const text = textIn('shift_jis', bytes) ?? '';
	const letters = text.match(/[^\p{ASCII}]/gu) ?? [];
	const signs = letters.filter((letter) => /[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]/.test(letter));
	return signs.length > 1 && share(signs.length, letters.length) >= MOST;
};

/** Traditional Chinese: the first level of Big5, some of whose second bytes are ASCII. */
const isBig5 = (bytes: Buffer): boolean => {
	const text = textIn('big5', bytes) ?? '';
	const letters = text.match(/[^\p{ASCII}]/gu) ?? [];
	const signs = letters.filter((letter) => /[\u4e00-\u9fff\uff01-\uff5e\u3000-\u3015]/.test(letter));
	let first = 0;
	for (let at = 0; at < bytes.length; at++)
		if ((bytes[at] ?? 0) >= 0x80) {
			const lead = bytes[at++] ?? 0;
			if (lead >= 0xa1 && lead <= 0xc6) first++;
		}
	return letters.length > 1 && share(signs.length, letters.length) >= MOST && share(first, letters.length) >= MOST;
};

/** Words of Cyrillic, most of it in small letters: Latin letters with accents stand among those without. */
const isCyrillic = (bytes: Buffer): boolean => {
	const text = new TextDecoder('windows-1251').decode(bytes);
	const letters = text.match(/[^\p{ASCII}]/gu) ?? [];
	const cyrillic = text.match(/[\u0400-\u045f\u2116\u00ab\u00bb\u2013\u2014\u00a0]/g) ?? [];
	const small = text.match(/[\u0430-\u044f\u0451-\u045f]/g) ?? [];
	const mixed = text.match(/[a-z][\u0400-\u045f]|[\u0400-\u045f][a-z]/gi) ?? [];
	return (
		letters.length > 2 &&
		cyrillic.length === letters.length &&
		share(small.length, letters.length) > 0.6 &&
		share(mixed.length, letters.length) < 0.1
	);
};

/** Titles stand in the first lines. */
const TITLES = 4096;

/** By the words for a device or a key that it makes of the first lines; null where none does. */
const byWords = (bytes: Buffer, isTitle: (field: string) => boolean): OldEncoding | null => {
	let best: OldEncoding | null = null;
	let most = 0;
	for (const encoding of ['windows-1252', ...oneByte] as const) {
		const text = new TextDecoder(encoding).decode(bytes.subarray(0, TITLES));
		const fields = new Set(text.split(/[;,\t|"'<>=:\r\n]/, 256).map((field) => field.trim()));
		let words = 0;
		for (const field of fields) if (field.length < 40 && /[^\p{ASCII}]/u.test(field) && isTitle(field)) words++;
		if (words > most) [best, most] = [encoding, words];
	}
	return best;
};

/**
 * The encoding of a text that is no UTF-8, by which makes letters of it that such texts have; null where it is UTF-8, if with some
 * broken places.
 */
export const oldEncodingOf = (head: Buffer, isTitle: (field: string) => boolean): OldEncoding | null => {
	const bytes = head.subarray(0, SAMPLE);
	if (isAscii(bytes)) return null;
	const text = new TextDecoder().decode(bytes, { stream: true });
	const broken = text.match(/\ufffd/g)?.length ?? 0;
	const whole = text.match(/[\u0080-\ufffc\u{10000}-\u{10ffff}]/gu)?.length ?? 0;
	if (broken === 0) return null;
	const named = broken >= whole ? byWords(bytes, isTitle) : null;
	if (named !== null) return named;
	const old = isShiftJis(bytes) ? 'shift_jis' : isCyrillic(bytes) ? 'windows-1251' : byTable(bytes);
	if (old !== null && broken >= whole) return old;
	if (broken >= whole && isBig5(bytes)) return 'big5';
	// Windows writes texts of the West so; what else is no UTF-8 is UTF-8 with broken places, in which other letters are whole.
	return whole === 0 ? 'windows-1252' : null;
};

const names: Readonly<Record<OldEncoding, string | null>> = {
	'windows-1252': null,
	'windows-1251': 'Windows-1251',
	'koi8-r': 'KOI8-R',
	'windows-1250': 'Windows-1250',
	'iso-8859-2': 'ISO 8859-2',
	'windows-1254': 'Windows-1254',
	'windows-1253': 'Windows-1253',
	'iso-8859-7': 'ISO 8859-7',
	'windows-1256': 'Windows-1256',
	'windows-1255': 'Windows-1255',
	'windows-1257': 'Windows-1257',
	'windows-874': 'Windows-874',
	shift_jis: 'Shift JIS',
	gb18030: 'GB 18030',
	big5: 'Big5',
	'euc-kr': 'EUC-KR',
	'euc-jp': 'EUC-JP',
};

/** How it is called where a place is said; null for the one that is read as most texts are. */
export const calledEncoding = (encoding: OldEncoding | null): string | null =>
	encoding === null ? null : names[encoding];
