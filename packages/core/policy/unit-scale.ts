/** A secondary unit (RFC 8798 §3): the value in its primary unit is `value * numerator / denominator + offset`. */
interface Secondary {
	readonly primary: string;
	readonly numerator: number;
	readonly denominator: number;
	readonly offset: number;
}

/** RFC 8798 §3, table 2: symbol, primary unit, scale, and the offset where it is not 0. */
const TABLE = `
	ms s 1/1000; min s 60; h s 3600; MHz Hz 1000000; kW W 1000; kVA VA 1000; kvar var 1000; Ah C 3600; Wh J 3600;
	kWh J 3600000; varh vars 3600; kvarh vars 3600000; kVAh VAs 3600000; Wh/km J/m 36/10; KiB B 1024; GB B 1000000000;
	Mbit/s bit/s 1000000; B/s bit/s 8; MB/s bit/s 8000000; mV V 1/1000; mA A 1/1000; dBm dBW 1 -30;
	ug/m3 kg/m3 1/1000000000; mm/h m/s 1/3600000; m/h m/s 1/3600; ppm / 1/1000000; /100 / 1/100; /1000 / 1/1000;
	hPa Pa 100; mm m 1/1000; cm m 1/100; km m 1000; km/h m/s 10/36`;

const secondary: ReadonlyMap<string, Secondary> = new Map(
	TABLE.split(';').map((row) => {
		const [symbol = '', primary = '', scale = '', offset = '0'] = row.trim().split(/\s+/);
		const [numerator = '1', denominator = '1'] = scale.split('/');
		const [n, d, o] = [Number(numerator), Number(denominator), Number(offset)];
		return [symbol, { primary, numerator: n, denominator: d, offset: o }];
	}),
);

/** Symbols of the secondary units. */
export const secondaryUnits: ReadonlySet<string> = new Set(secondary.keys());

const identity = (symbol: string): Secondary => ({ primary: symbol, numerator: 1, denominator: 1, offset: 0 });

/**
 * The value in another unit of the same quantity, by the scales of RFC 8798; null where the two units are not scaled
 * forms of one primary unit. Fifteen digits: what binary fractions add is dropped.
 */
export const convertUnit = (value: number, from: string, to: string): number | null => {
	if (from === to) return value;
	const [is, wanted] = [secondary.get(from) ?? identity(from), secondary.get(to) ?? identity(to)];
	if (is.primary !== wanted.primary) return null;
	const scaled = (value * is.numerator * wanted.denominator) / (is.denominator * wanted.numerator);
	const shifted = scaled + ((is.offset - wanted.offset) * wanted.denominator) / wanted.numerator;
	return Number.isFinite(shifted) ? Number(shifted.toPrecision(15)) : null;
};
