import { readFileSync } from 'node:fs';
import { good, oneOf, type Planted, type PlantedSeries } from './planted.ts';

// Sentences of a bGeigie, made of the counts of a real one, with faults of lines, receivers and tubes.

const file = new URL('../../../examples/reactor-hall/geiger-007-2012-06-08.csv', import.meta.url);

/** Counts per minute of a drive (Safecast, CC0). */
const counts = (): number[] =>
	readFileSync(file, 'utf8')
		.trim()
		.split('\n')
		.slice(1)
		.map((row) => Number(row.split(',')[1]));

const xor = (body: string): string =>
	[...Buffer.from(body)]
		.reduce((sum, byte) => sum ^ byte, 0)
		.toString(16)
		.toUpperCase()
		.padStart(2, '0');

interface Sentence {
	readonly time: number;
	readonly count: number;
	readonly validity?: 'A' | 'V';
	readonly fix?: 'A' | 'V';
}

const sentence = ({ time, count, validity = 'A', fix = 'A' }: Sentence): string => {
	const moment = new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
	const body = `BMRDD,007,${moment},${count},5,1000,${validity},0117.8067,N,10351.2284,E,110.0,${fix},1.7,1`;
	return `$${body}*${xor(body)}`;
};

type Fault = (one: Sentence, stream: string) => { readonly lines: string[]; readonly planted: Planted | Planted[] };

const one =
	(fault: string, fate: Planted['fate'], write: (it: Sentence) => string[]): Fault =>
	(it, stream) => ({
		lines: write(it),
		planted: { stream, time: it.time, value: it.count, fault, fate },
	});

const asItIs: Fault = (it, stream) => ({
	lines: [sentence(it)],
	planted: { stream, time: it.time, value: it.count, fault: null, fate: good },
});

const isBehind = ({ planted }: ReturnType<Fault>): boolean => [planted].flat().some(({ fault }) => fault === behind);

/** A receiver counts weeks with ten bits. */
const rollover = 1024 * 7 * 86_400_000;
const far = Date.UTC(2080, 0, 6);
const behind = 'a fix that is 1,024 weeks behind';

const faults: readonly Fault[] = [
	one('a digit garbled on the line', { kind: 'complaint', code: 'sentence-checksum' }, (it) => [
		sentence(it).replace(`Z,${it.count},`, `Z,9${it.count},`),
	]),
	one('cut short', { kind: 'complaint', code: 'sentence-malformed' }, (it) => [sentence(it).slice(0, 40)]),
	one('bytes of another baud rate', { kind: 'complaint', code: 'sentence-malformed' }, () => ['\u00fe\u0080x$\u00ff']),
	one('marked void by the counter', { kind: 'complaint', code: 'sentence-void' }, (it) => [
		sentence({ ...it, validity: 'V' }),
	]),
	one('no fix, and a receiver that guesses 2080', { kind: 'complaint', code: 'sentence-void' }, (it) => [
		sentence({ ...it, time: far, fix: 'V' }),
	]),
	one(behind, { kind: 'complaint', code: 'sentence-void' }, (it) => [sentence({ ...it, time: it.time - rollover })]),
	(it, stream) => ({
		lines: [sentence({ ...it, count: 4_000_000 })],
		planted: {
			stream,
			time: it.time,
			value: 4_000_000,
			fault: 'an impossible count',
			fate: { kind: 'refused', code: 'reading-value' },
		},
	}),
	(it, stream) => ({
		lines: [sentence(it), sentence({ ...it, count: it.count + 1 })],
		planted: [
			{ stream, time: it.time, value: it.count, fault: null, fate: good },
			{
				stream,
				time: it.time,
				value: it.count + 1,
				fault: 'another count at the same time',
				fate: { kind: 'complaint', code: 'reading-conflict' },
			},
		],
	}),
];

/** A dead tube: it counts the same for so many sentences. The policy says from which on it is stuck. */
const dead = 80;

/** `size` sentences `every` so long from `from` on, with faults at random in `rate` of them. */
export const plantGeiger = (
	{
		from,
		every,
		size,
		rate,
		stuckAfter,
	}: { from: number; every: number; size: number; rate: number; stuckAfter: number },
	random: () => number,
	stream = 'count-rate',
): PlantedSeries => {
	const series = counts();
	const lines = ['# NEW LOG', '# format=1.1.1'];
	const readings: Planted[] = [];
	// Once, somewhere in the middle: it alone is as many sentences as the rest of the faults may be in a short series.
	const dies = Math.floor(size * (0.3 + 0.4 * random()));
	let wasBehind = false;
	for (let at = 0; at < size; at++) {
		const time = from + at * every;
		const count = series[at % series.length] ?? 0;
		const stuck = at - dies;
		if (stuck >= 0 && stuck < dead) {
			lines.push(sentence({ time, count: 0 }));
			const fate = stuck + 1 >= stuckAfter ? { kind: 'marked', doubt: 'stuck' } : { kind: 'too-early' };
			readings.push({ stream, time, value: 0, fault: 'a dead tube', fate: fate as Planted['fate'] });
		} else {
			const it = { time, count };
			let made = random() < rate ? oneOf(faults, random)(it, stream) : asItIs(it, stream);
			// Two in a row cannot be told from a recording that begins again (stray-times.ts).
			if (wasBehind && isBehind(made)) made = asItIs(it, stream);
			wasBehind = isBehind(made) || (wasBehind && made.lines.every((line) => line !== sentence(it)));
			lines.push(...made.lines);
			readings.push(...[made.planted].flat());
		}
	}
	return { text: `${lines.join('\r\n')}\r\n`, readings };
};
