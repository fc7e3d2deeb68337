import { couldBeDevice } from '../list/named-key.ts';

/** A word in quotes, or what people call a device, with its number. */
const QUOTED = /["'`]([\w.:-]{2,64})["'`]/g;
const CALLED =
	/\b(?:device|node|sensor|pump|valve|meter|gateway|station|probe|logger|tracker|lock|camera|motor|boiler|chiller|compressor|inverter|plc|rtu|beacon|panel|controller|actuator|thermostat|unit|machine|robot|oven|tank|heater|lamp|asset|thing)[-_ .#]{0,2}\d{1,6}\b/gi;
const HEX = /[A-Za-z0-9+/]{16,512}={0,2}/g;
const LONGEST = 512;
/** Shapes, and lines of one, that wait for another. */
const MOST = 64;

const deviceIn = (text: string): string | null => {
	const quoted = [...text.matchAll(QUOTED)].map(([, word = '']) => word);
	const called = [...text.matchAll(CALLED)].map(([word]) => word);
	return [...quoted, ...called].find((word) => /[a-z]/i.test(word) && /\d/.test(word) && couldBeDevice(word)) ?? null;
};

interface Waiting<One> {
	readonly one: One;
	readonly device: string;
}

/**
 * Lines with a secret that are the same but for it, for numbers and for one name: rows of tables in source code, records one in a line,
 * logs and notes. The name tells whose the secret is; a line alone names nobody.
 */
export const alikeLines = <One>(give: (one: One, device: string | null) => void) => {
	/** Null where two names were met. */
	const shapes = new Map<string, Waiting<One>[] | null>();
	const end = (): void => {
		for (const waiting of shapes.values()) for (const { one } of waiting ?? []) give(one, null);
		shapes.clear();
	};
	return {
		add(one: One, line: string): void {
			const text = line.length > LONGEST ? '' : line.replaceAll(HEX, '#');
			const device = deviceIn(text);
			if (device === null) return give(one, null);
			const shape = text.replace(device, '@').replaceAll(/\d+/g, '0').trim();
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
