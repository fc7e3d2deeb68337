/** Bytes that a line of a dump or record file writes, and where they belong. */
export interface Part {
	/** Null where they follow those of the line before. */
	readonly address: number | null;
	readonly bytes: Buffer;
}

/** How one line is read: null for one without bytes, undefined for one that is damaged. */
type ReadLine = (line: string) => Part | null | undefined;

/** A way of writing bytes as lines. */
interface Dialect {
	/** Every line fits. */
	readonly fits: RegExp;
	/** The first line fits this, where others may be shorter. */
	readonly first?: RegExp;
	/** One of the first lines fits this, where others may say nothing. */
	readonly some?: RegExp;
	readonly reader: () => ReadLine;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const sum = (bytes: Uint8Array): number => bytes.reduce((all, octet) => (all + octet) & 255, 0);

const intel = (): ReadLine => {
	let upper = 0;
	return (line) => {
		const bytes = Buffer.from(line.slice(1), 'hex');
		const [length = 0, , , type] = bytes;
		if (!/^:(?:[0-9A-Fa-f]{2}){5,300}$/.test(line) || bytes.length !== length + 5 || sum(bytes) !== 0) return undefined;
		const data = bytes.subarray(4, -1);
		if (type === 4 && length === 2) upper = data.readUInt16BE(0) * 65_536;
		if (type === 2 && length === 2) upper = data.readUInt16BE(0) * 16;
		return type === 0 ? { address: upper + bytes.readUInt16BE(1), bytes: data } : null;
	};
};

/** Octets of the address by the type of an S-record that holds data. */
const addressLengths: ReadonlyMap<string, number> = new Map([
	['1', 2],
	['2', 3],
	['3', 4],
]);

const motorola: ReadLine = (line) => {
	const bytes = Buffer.from(line.slice(2), 'hex');
	if (!/^S[0-9](?:[0-9A-Fa-f]{2}){4,300}$/.test(line) || bytes.length !== (bytes[0] ?? 0) + 1 || sum(bytes) !== 255)
		return undefined;
	const length = addressLengths.get(line[1] ?? '');
	if (length === undefined || bytes.length < length + 2) return null;
	return { address: bytes.readUIntBE(1, length), bytes: bytes.subarray(1 + length, -1) };
};

/** Tektronix extended: length, type, checksum, and an address with its length before. */
const tektronix: ReadLine = (line) => {
	const [, length = '', type, width = '', rest = ''] =
		/^%([0-9A-F]{2})([368])[0-9A-F]{2}([0-9A-F])([0-9A-F]{2,250})$/.exec(line) ?? [];
	if (Number.parseInt(length, 16) !== line.length - 1) return undefined;
	const digits = Number.parseInt(width, 16);
	return type === '6' ? { address: Number.parseInt(rest.slice(0, digits), 16), bytes: hex(rest.slice(digits)) } : null;
};

/** TI-TXT and Verilog's memory files: `@8000` sets the address, then bytes. */
const atAddresses = (): ReadLine => {
	let address: number | null = null;
	return (line) => {
		if (/^(?:q|\/\/.*|\/\*.*)$/i.test(line)) return null;
		const [, set, bytes = ''] = /^(?:@([0-9A-Fa-f]{1,16})\s*)?((?:[0-9A-Fa-f]{2}(?:\s+|$))*)$/.exec(line) ?? [];
		if (set === undefined && bytes === '') return undefined;
		const at = set === undefined ? address : Number.parseInt(set, 16);
		address = null;
		if (bytes !== '') return { address: at, bytes: hex(bytes) };
		address = at;
		return null;
	};
};

/** `address bytes text`, with a star for lines that are as the one before. */
const dumped = (line: RegExp): (() => ReadLine) => {
	return () => {
		let last: Buffer = Buffer.alloc(0);
		let next = 0;
		let starred = false;
		return (text) => {
			if (text === '*') {
				starred = true;
				return null;
			}
			const [, address = '', bytes = ''] = line.exec(text) ?? (/^[0-9a-f]{6,8}:?$/i.test(text) ? [text, text, ''] : []);
			if (address === '') return undefined;
			const at = Number.parseInt(address, 16);
			const repeats =
				starred && last.length > 0 && at > next ? Math.min(256, Math.floor((at - next) / last.length)) : 0;
			starred = false;
			const own = hex(bytes);
			const all = Buffer.concat([...Array.from({ length: repeats }, () => last), own]);
			last = own;
			next = at + own.length;
			return { address: at - repeats * own.length, bytes: all };
		};
	};
};

const XXD = /^([0-9a-f]{6,8}): ((?:[0-9a-f]{2,8} ){1,16}) {0,40} .{1,16}$/i;
const CANONICAL = /^([0-9a-f]{8}) {2}((?:[0-9a-f]{2} {1,2}){1,16}) {0,50}\|.{1,16}\|$/i;
const OCTAL_DUMP = /^([0-9a-f]{6,8})((?: [0-9a-f]{2}){1,16})$/i;

const dialects: readonly Dialect[] = [
	{ fits: /^:(?:[0-9A-Fa-f]{2}){5,300}$/, reader: intel },
	{ fits: /^S[0-9](?:[0-9A-Fa-f]{2}){4,300}$/, reader: () => motorola },
	{ fits: /^%[0-9A-F]{2}[368][0-9A-F]{5,250}$/, reader: () => tektronix },
	{ fits: XXD, reader: dumped(XXD) },
	{ fits: CANONICAL, reader: dumped(CANONICAL) },
	{ fits: OCTAL_DUMP, reader: dumped(OCTAL_DUMP) },
	{
		fits: /^(?:@[0-9A-Fa-f]{1,16}|(?:@[0-9A-Fa-f]{1,16} )?(?:[0-9A-Fa-f]{2}\s+){3,63}[0-9A-Fa-f]{2}|\/[/*] .{1,120})$/,
		some: /^@[0-9A-Fa-f]/,
		reader: atAddresses,
	},
	// Plain hex, as `xxd -p` writes it.
	{
		fits: /^(?:[0-9a-f]{2}){1,32}$/i,
		first: /^(?:[0-9a-f]{60}|[0-9a-f]{64})$/i,
		reader: () => (line) => (/^(?:[0-9a-f]{2})+$/i.test(line) ? { address: null, bytes: hex(line) } : undefined),
	},
];

/** Reads the lines of a text that begins so as the bytes that they write; null when it is not of a known kind. */
export const dumpReader = (head: string): ReadLine | null => {
	const lines = head.split(/\r\n|\n|\r/, 9).map((line) => line.trim());
	const whole = lines.slice(0, Math.max(1, lines.length - 1)).filter((line) => line !== '');
	const fitting = dialects.find(
		({ fits, first = fits, some = fits }) =>
			first.test(whole[0] ?? '') && whole.every((line) => fits.test(line)) && whole.some((line) => some.test(line)),
	);
	return fitting?.reader() ?? null;
};
