import { compare, median, quantile } from './lib/compare.ts';
import { circumstances, spread, table, writeSection } from './lib/report.ts';
import { targets } from './lib/targets.ts';

// Ten thousand devices lose their connections in one moment and all come back at once.

const connections = 10_000;
const demands = [{ kind: 'storm', connections, warmUpSeconds: 3, seconds: 0 } as const];
const [sides = []] = await compare(targets(), connections, demands, { rounds: 2, fresh: true });

const rows = sides.map((side) => [
	side.target.name,
	...[0.5, 0.99, 1].map((share) =>
		(median(side.results.map(({ latencies }) => quantile(latencies, share))) / 1000).toFixed(1),
	),
	spread(side, ({ count, serverCpu }) => count / serverCpu),
]);

writeSection(
	'Reconnect storm',
	`${circumstances(sides)}

10,000 connections are cut in one moment, and all 10,000 devices dial again at once: full handshakes with certificates on both
sides, CONNECT, CONNACK. Anyone who is refused or waits too long tries again after half a second, doubled up to ten seconds, half of it
by chance. Seconds from the cut until so many are served again.

${table(['server', 'half', '99 %', 'all', 'back per server-CPU-second'], rows)}`,
);
