/** RFC 8428 §12.1. */
const SENML = (
	'm kg g s A K cd mol Hz rad sr N Pa J W C V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s m/s2 m3/s l/s W/m2 ' +
	'cd/m2 bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL 1/s 1/min beat/min beats S/m'
).split(' ');

/** RFC 8798, new units. */
const ADDITIONAL = 'B VA VAs var vars J/m kg/m3 deg'.split(' ');

/** RFC 8798, secondary units. */
const SECONDARY = (
	'ms min h MHz kW kVA kvar Ah Wh kWh varh kvarh kVAh Wh/km KiB GB Mbit/s B/s MB/s mV mA dBm ug/m3 mm/h m/h ppm /100 ' +
	'/1000 hPa mm cm km km/h'
).split(' ');

/** Not registered. Ambient dose rate is measured in sieverts an hour, and no registered unit is a rate of dose. */
const OURS = ['Sv/h'];

/** Symbols of units that a stream may carry. */
export const units: ReadonlySet<string> = new Set([...SENML, ...ADDITIONAL, ...SECONDARY, ...OURS]);

/** True for a unit symbol of RFC 8428 or RFC 8798, and for `Sv/h`. Case matters. */
export const isUnit = (symbol: string): boolean => units.has(symbol);
