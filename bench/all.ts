import { exit } from 'node:process';

/** Each with its minutes, estimated for two quiet cores, and what it measures. */
const benches = {
	ingest: [4, 'readings/s beside mosquitto, RabbitMQ and bare Node'],
	latency: [6, 'how long a reading waits for its acknowledgement'],
	handshake: [3, 'full TLS 1.3 handshakes with both certificates'],
	idle: [3, 'memory of a connection that does nothing'],
	storm: [3, 'ten thousand devices that come back at once'],
	revocation: [1, 'from a revocation until the last byte at the device'],
	grants: [1, 'from the end of a grant until the last byte at the reader'],
	enrolment: [2, 'enrolments/s, with keys in files and in TPMs'],
	flood: [5, 'what strangers and peers do to admitted devices'],
	'batch-gcd': [2, 'shared primes among RSA-2048 moduli'],
	reach: [1, 'what falls with whom, in a fleet of a million'],
	contain: [1, 'from the call until a contained device has seen it'],
	'revocation-list': [1, 'writing a CRL of 30,000 entries'],
	'at-rest': [1, 'what encrypted readings cost the store'],
	sealed: [2, 'sealing, opening and admitting, and what it costs ingest'],
} as const;

const help = `npm run bench -- [--write] [BENCH…]

Measures, and prints what it found; all of them, or those that are named. Leave the machine alone meanwhile: all take about half an hour on
two cores. --write puts the figures into docs/speed.md as well. The same of one alone: node bench/NAME.ts [--write].

Minutes on two quiet cores, estimated from rounds and sides:
${Object.entries(benches)
	.map(([name, [minutes, what]]) => `  ${name.padEnd(11)} ${String(minutes).padStart(2)}  ${what}`)
	.join('\n')}
`;

const words = process.argv.slice(2);
if (words.includes('--help') || words.includes('-h')) {
	console.log(help);
	exit(0);
}
const named = words.filter((word) => word !== '--write');
const unknown = named.filter((word) => !Object.hasOwn(benches, word));
if (unknown.length > 0) {
	console.error(`There is no bench ${unknown.join(', ')}.\n\n${help}`);
	exit(2);
}
// Each reads its own words: those here name benches, and none of what they measure.
process.argv.splice(2, words.length, ...words.filter((word) => word === '--write'));
for (const bench of named.length > 0 ? named : Object.keys(benches)) await import(`./${bench}.ts`);
