import { convertUnit } from '@keyward/core/spelling';

/** The value in `base` is `(value + before) * numerator / denominator`. */
interface Foreign {
	readonly base: string;
	readonly numerator: number;
	readonly denominator: number;
	readonly before: number;
}

/**
 * Units of instruments that SenML has no symbol for, or no scale between: symbol, SenML unit, factor, and what is added before. Exact
 * by definition (NIST SP 811, appendix B.8), but for the columns of mercury, which are conventional.
 */
const TABLE = `
	degF Cel 5/9 -32; degC Cel 1; K Cel 1 -273.15;
	bar Pa 100000; mbar Pa 100; kPa Pa 1000; MPa Pa 1000000; psi Pa 6894.757293168; atm Pa 101325; inHg Pa 3386.389; mmHg Pa 133.322387415;
	mph m/s 0.44704; kn m/s 1852/3600; ft/s m/s 0.3048; ft m 0.3048; in m 0.0254; mi m 1609.344; in/h m/s 0.0254/3600;
	mSv/h Sv/h 1/1000; uSv/h Sv/h 1/1000000; nSv/h Sv/h 1/1000000000; cpm 1/min 1; rpm 1/min 1; cps 1/s 1;
	l m3 1/1000; gal m3 0.003785411784; ft3 m3 0.028316846592; l/s m3/s 1/1000; l/min m3/s 1/60000; l/h m3/s 1/3600000;
	m3/h m3/s 1/3600; gal/min m3/s 0.003785411784/60; MW W 1000000; MWh J 3600000000; kJ J 1000; MJ J 1000000; GJ J 1000000000;
	kV V 1000; uA A 1/1000000; kOhm Ohm 1000; kHz Hz 1000; uS/cm S/m 1/10000; mS/cm S/m 1/10; klx lx 1000;
	g/m3 kg/m3 1/1000; mg/m3 kg/m3 1/1000000; ppb / 1/1000000000; lb kg 0.45359237`;

const foreign: ReadonlyMap<string, Foreign> = new Map(
	TABLE.split(';').map((row) => {
		const [symbol = '', base = '', factor = '', before = '0'] = row.trim().split(/\s+/);
		const [numerator = '1', denominator = '1'] = factor.split('/');
		const [n, d, b] = [Number(numerator), Number(denominator), Number(before)];
		return [symbol, { base, numerator: n, denominator: d, before: b }];
	}),
);

/** Symbols of the units above. */
export const foreignUnits: readonly string[] = [...foreign.keys()];

/** The SenML unit that a unit of these becomes when no other is wanted; its own symbol for any other. */
export const baseOf = (symbol: string): string => foreign.get(symbol)?.base ?? symbol;

/** The value in another unit of the same quantity; null where there is no rule for it. Fifteen digits. */
export const inOtherUnit = (value: number, from: string, to: string): number | null => {
	if (from === to) return value;
	const [is, wanted] = [foreign.get(from), foreign.get(to)];
	const base = is === undefined ? value : ((value + is.before) * is.numerator) / is.denominator;
	const other = convertUnit(base, is?.base ?? from, wanted?.base ?? to);
	if (other === null) return null;
	const figure = wanted === undefined ? other : (other * wanted.denominator) / wanted.numerator - wanted.before;
	return Number.isFinite(figure) ? Number(figure.toPrecision(15)) : null;
};
