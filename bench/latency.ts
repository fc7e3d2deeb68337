import { compare, quantile } from './lib/compare.ts';
import type { Result } from './lib/load.ts';
import { circumstances, middle, spread, table, verdict, writeSection } from './lib/report.ts';
import { targets } from './lib/targets.ts';

// How long a reading waits for its acknowledgement at an ordinary load.

const aimMilliseconds = 5;
const perSecond = 10_000;
const connections = 2000;
// V8 still compiles what is hot after 20 s of this load, milliseconds at a time beside the threads that answer.
const demands = [{ kind: 'paced', connections, perSecond, warmUpSeconds: 30, seconds: 10 } as const];
const [sides = []] = await compare(targets(), connections, demands, { rounds: 5, fresh: false });

const under =
	(share: number) =>
	({ latencies }: Result): number =>
		quantile(latencies, share);

const rows = sides.map((side) => [
	side.target.name,
	spread(side, ({ count, seconds }) => count / seconds),
	spread(side, ({ serverCpu, seconds }) => (serverCpu / seconds) * 100),
	...[0.5, 0.9, 0.99, 0.999].map((share) => spread(side, under(share), 1)),
	side.target.name === 'mosquitto'
		? ''
		: `p99 under ${aimMilliseconds} ms: ${verdict(middle(side, under(0.99)) < aimMilliseconds)}`,
]);

writeSection(
	'Latency at 10,000 readings a second',
	`${circumstances(sides)}

2,000 devices, each with five readings a second at QoS 1, evenly in turn, sent when they are due whatever the server does.
Milliseconds from write to PUBACK of every reading, measured in the load generator, which shares the two cores. Five rounds
of 10 s, each after 30 s of the same load.

${table(['server', 'acknowledged per second', 'server CPU, % of a core', 'p50', 'p90', 'p99', 'p99.9', 'aim'], rows)}`,
);
