import { nearest } from './nearest.ts';
import { isUnit, units } from './unit.ts';

/**
 * What people write for a unit, by the SenML symbol for it. Compared in small letters, without spaces, underscores,
 * degree signs and carets, and with the micro signs as `u`; so `µg/m³`, `ug/m3` and `UG/M^3` are one.
 */
const SPELLINGS: Readonly<Record<string, string>> = {
	Cel: 'c degc degcelsius degreec degreescelsius celsius centigrade',
	K: 'kelvin degk',
	'%RH': '%rh rh relativehumidity percentrh humidity %humidity',
	'/100': 'percent pct percentage',
	'/': 'bool boolean binary on/off onoff switch state ratio fraction none unitless dimensionless',
	count: 'counts n number pulses pulse events',
	'1/min': 'cpm rpm /min permin perminute countsperminute counts/min cts/min 1/minute',
	'1/s': 'cps /s persecond counts/s hertzcounts',
	'beat/min': 'bpm',
	Hz: 'hertz',
	V: 'volt volts',
	A: 'ampere amperes amp amps',
	W: 'watt watts',
	kWh: 'kilowatthour kilowatthours kw*h',
	Wh: 'watthour watthours',
	VA: 'voltampere',
	Ohm: 'ohms ω',
	hPa: 'mbar millibar hectopascal',
	Pa: 'pascal',
	'Sv/h': 'sievert/h sv/hr sieverts/h',
	Sv: 'sievert sieverts',
	Gy: 'gray',
	Bq: 'becquerel',
	lx: 'lux',
	dB: 'decibel db(a) dba',
	m: 'meter metre meters metres',
	'm/s': 'mps meter/s metre/s',
	'km/h': 'kph kmh kmph',
	'm/s2': 'm/s/s',
	'mm/h': 'mm/hr mmh',
	m3: 'cubicmeter cubicmetre cbm',
	'm3/s': 'cms',
	l: 'liter litre liters litres',
	kg: 'kilogram kilograms kgs',
	g: 'gram grams',
	s: 'sec second seconds secs',
	min: 'minute minutes mins',
	h: 'hr hour hours',
	rad: 'radian radians',
	deg: 'degree degrees angle',
	lat: 'latitude',
	lon: 'longitude lng long',
	'ug/m3': 'microgram/m3',
	ppm: 'partspermillion',
};

/** Units that SenML has no symbol for: what to send instead. */
const CONVERTED: Readonly<Record<string, string>> = {
	f: '°F is not a SenML unit: send Cel, (F - 32) / 1.8',
	degf: '°F is not a SenML unit: send Cel, (F - 32) / 1.8',
	fahrenheit: '°F is not a SenML unit: send Cel, (F - 32) / 1.8',
	'usv/h': 'send Sv/h, the value divided by 1,000,000 (--scale 1e-6)',
	'usv/hr': 'send Sv/h, the value divided by 1,000,000 (--scale 1e-6)',
	'msv/h': 'send Sv/h, the value divided by 1,000 (--scale 1e-3)',
	'nsv/h': 'send Sv/h, the value divided by 1,000,000,000 (--scale 1e-9)',
	psi: 'send Pa, the value times 6894.76',
	bar: 'send hPa, the value times 1000',
	inhg: 'send hPa, the value times 33.8639',
	mmhg: 'send hPa, the value times 1.33322',
	mph: 'send m/s, the value times 0.44704',
	kn: 'send m/s, the value times 0.514444',
	knots: 'send m/s, the value times 0.514444',
	ft: 'send m, the value times 0.3048',
	in: 'send mm, the value times 25.4',
	inch: 'send mm, the value times 25.4',
	ppb: 'send ppm, the value divided by 1000',
	kpa: 'send hPa, the value times 10',
	kv: 'send V, the value times 1000',
	text: 'text is a value, not a unit: write "/" for a stream of states',
	string: 'text is a value, not a unit: write "/" for a stream of states',
};

const reduced = (written: string): string =>
	written
		.replace(/[\s_°^º]/g, '')
		.normalize('NFKC')
		.toLowerCase()
		.replace(/[µμ]/g, 'u');

/** By the reduced form: the spellings above, and each symbol under its own where no spelling has it. */
const bySpelling: ReadonlyMap<string, string> = new Map([
	...[...units].map((symbol) => [reduced(symbol), symbol] as const),
	...Object.entries(SPELLINGS).flatMap(([symbol, spellings]) =>
		spellings.split(' ').map((one) => [one, symbol] as const),
	),
]);

/** What to write instead of this, which is not a unit symbol of SenML: the end of a sentence, beginning with `; `. */
export const unitHint = (written: string): string => {
	const form = reduced(written);
	const converted = CONVERTED[form];
	if (converted !== undefined) return `; ${converted}`;
	const symbol = bySpelling.get(form) ?? nearest(written.normalize('NFKC'), units);
	return symbol === null
		? '; docs/language.md lists the units of RFC 8428 and RFC 8798'
		: `; did you mean ${JSON.stringify(symbol)}?`;
};

const TEMPERATURE = /^(temp|tmp|temperature|thermo)|(temp|temperature)$/;

/** Words of names under which temperatures are measured; none of them has a charge, or a capacitance that its name does not say. */
const MEASURED_WARM = new Set(
	(
		'temperature temp tmp air ambient dew dewpoint dewpt water outdoor outdoors outside indoor indoors inside room soil ground ' +
		'surface freezer fridge cooler boiler oven flow inlet outlet supply exhaust skin body'
	).split(' '),
);

const namesTemperature = (stream: string): boolean =>
	TEMPERATURE.test(stream) ||
	(stream.split(/[^a-z]+/).some((word) => MEASURED_WARM.has(word)) && !/charge|capaci/.test(stream));

/**
 * What is doubtful about a registered unit for a stream of this name; null when nothing is. `C` is the coulomb and `F`
 * the farad (RFC 8428 §12.1): a temperature under them would be stored in a unit that nobody meant.
 */
export const doubtfulUnit = (stream: string, unit: string): string | null => {
	if (!isUnit(unit) || !namesTemperature(stream)) return null;
	if (unit === 'C') return 'C is the coulomb; for degrees Celsius write Cel';
	if (unit === 'F') return 'F is the farad; SenML has no degree Fahrenheit: send Cel, (F - 32) / 1.8';
	return null;
};
