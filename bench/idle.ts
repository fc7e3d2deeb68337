import { bareNode } from './lib/bare-node-target.ts';
import { compare } from './lib/compare.ts';
import { circumstances, middle, spread, table, verdict, writeSection } from './lib/report.ts';
import { targets } from './lib/targets.ts';

// Memory of a connection that does nothing.

const aimKilobytes = 65;
const demands = [{ kind: 'idle', connections: 2500, warmUpSeconds: 2, seconds: 8 } as const];
const [sides = []] = await compare(targets(bareNode), 2500, demands, { rounds: 3, fresh: true });

const kilobytes = ({ grownBytes, count }: { readonly grownBytes: number; readonly count: number }): number =>
	grownBytes / count / 1000;

const rows = sides.map((side) => [
	side.target.name,
	`${spread(side, kilobytes)} KB`,
	side.target.name === 'keyward'
		? `at most ${aimKilobytes} KB: ${verdict(middle(side, kilobytes) <= aimKilobytes)}`
		: '',
]);

writeSection(
	'Idle connections',
	`${circumstances(sides)}

Resident memory of the server with 2,500 connections of as many devices, 8 seconds after the last, less that with 500, divided
by 2,000: what one more connection costs, and not what a server grows by as it warms up. Freshly started for each round.

${table(['server', 'for each idle connection', 'aim'], rows)}`,
);
