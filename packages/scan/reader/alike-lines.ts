import { couldBeDevice } from '../list/named-key.ts';

/** A word in quotes, or what people call a device, with its number. */
const QUOTED = /["'`]([\w.:-]{2,64})["'`]/g;
const CALLED =
	/\b(?:device|node|sensor|pump|valve|meter|gateway|station|probe|logger|tracker|lock|camera|motor|boiler|chiller|compressor|inverter|plc|rtu|beacon|panel|controller|actuator|thermostat|unit|machine|robot|oven|tank|heater|lamp|asset|thing)[-_ .#]{0,2}\d{1,6}\b/gi;
/** What says that a name follows, in quotes or as a word that is none of a sentence. */
const NAMED =
	/\b(?:name|label|id|host|hostname|device|node|sensor|meter|gateway|unit|station|serial|sn)["']?\s{0,4}[=:]>?\s{0,4}["']([\w.:-]{2,64}(?: [\w.:-]{1,64}){0,4})["']/i;
const BEHIND =
	/\b(?:device|node|sensor|meter|gateway|unit|board|module|station|serial|sn|dut)\s{1,4}(?=[\w.-]{0,63}[\d_-])([A-Za-z][\w.-]{2,63})/i;
const HEX = /[A-Za-z0-9+/]{16,512}={0,2}|\b0x[0-9a-f]{1,2}\b/gi;
const LONGEST = 512;
/** Shapes, and lines of one, that wait for another. */
const MOST = 64;

const deviceIn = (text: string): string | null => {
	const quoted = [...text.matchAll(QUOTED)].map(([, word = '']) => word);
	const called = [...text.matchAll(CALLED)].map(([word]) => word);
	const [, named = ''] = NAMED.exec(text) ?? [];
	const [, behind = ''] = BEHIND.exec(text) ?? [];
	return (
		[...quoted, ...called].find((word) => /[a-z]/i.test(word) && /\d/.test(word) && couldBeDevice(word)) ??
		[named, behind].find((word) => /[a-z]/i.test(word) && couldBeDevice(word)) ??
		null
	);
};

/** A line without its secrets and numbers: from the innermost bracket around the name on, without those that close. */
const shapeOf = (text: string, device: string): string =>
	text
		.slice(Math.max(0, text.lastIndexOf('{', text.indexOf(device))))
		.replace(device, '@')
		.replaceAll(/\d+/g, '0')
		.replace(/[\s{}()[\],;]{1,64}$/, '')
		.trim();

/** A record is over so many lines, of which one of the first names its device. */
const MOST_LINES = 8;

interface Waiting<One> {
	readonly one: One;
	readonly device: string;
}

/**
 * Lines with a secret that are the same but for it, for numbers and for one name: rows of tables in source code, records one in a line,
 * logs and notes, where the name may stand in a line before. The name tells whose the secret is; a line alone names nobody.
 */
export const alikeLines = <One>(give: (one: One, device: string | null) => void) => {
	/** Null where two names were met. */
	const shapes = new Map<string, Waiting<One>[] | null>();
	let naming = { line: '', left: 0 };
	const end = (): void => {
		for (const waiting of shapes.values()) for (const { one } of waiting ?? []) give(one, null);
		shapes.clear();
	};
	return {
		/** Told of every line, with or without a secret. */
		line(text: string): void {
			naming.left--;
			if (text.length > LONGEST || !/\d|[-_]/.test(text) || text.includes('{')) return;
			const device = deviceIn(text.replaceAll(HEX, '#'));
			if (device !== null) naming = { line: text, left: MOST_LINES };
		},
		/** A line with a secret, behind the one that names its device where it does not itself. */
		record: (line: string): string =>
			line.length > LONGEST || naming.left <= 0 || deviceIn(line.replaceAll(HEX, '#')) !== null
				? line
				: `${naming.line} ${line}`,
		add(one: One, line: string): void {
			const text = line.length > LONGEST ? '' : line.replaceAll(HEX, '#');
			const device = deviceIn(text);
			if (device === null) return give(one, null);
			const shape = shapeOf(text, device);
			const waiting = shapes.get(shape);
			if (waiting === null) return give(one, device);
			if (waiting === undefined) {
				if (shapes.size >= MOST) end();
				shapes.set(shape, [{ one, device }]);
			} else if (waiting[0]?.device !== device) {
				shapes.set(shape, null);
				for (const before of waiting) give(before.one, before.device);
				give(one, device);
			} else if (waiting.length < MOST) waiting.push({ one, device });
			else give(one, null);
		},
		end,
	};
};
