import { bareNode } from './lib/bare-node-target.ts';
import { compare, median, quantile, type Side } from './lib/compare.ts';
import { circumstances, middle, perCpuSecond, spread, table, verdict, writeSection } from './lib/report.ts';
import { rabbitmq } from './lib/rabbitmq-target.ts';
import { targets } from './lib/targets.ts';

// QoS 1 publications of one reading each, by connections that keep a fixed number unacknowledged: beside a server that
// promises less, and beside one that promises the same.

const shapes = [
	{ connections: 100, inFlight: 10, aim: 1.5 },
	{ connections: 2000, inFlight: 1, aim: 0.9 },
] as const;

const demands = shapes.map(({ connections, inFlight }) => {
	return { kind: 'ingest', connections, inFlight, warmUpSeconds: 3, seconds: 6 } as const;
});
const measured = await compare(targets(rabbitmq, bareNode), 2000, demands, { rounds: 3, fresh: false });

const latency = ({ results }: Side): string => {
	const all = results.flatMap(({ latencies }) => latencies);
	return [0.5, 0.99].map((share) => quantile(all, share).toFixed(1)).join(' / ');
};

const rows = shapes.flatMap(({ connections, inFlight, aim }, index) => {
	const sides = measured[index] ?? [];
	const against = (side: Side, name: string): number | null => {
		const other = sides.find(({ target }) => target.name === name);
		if (other === undefined || side.target.name !== 'keyward') return null;
		return middle(side, perCpuSecond) / middle(other, perCpuSecond);
	};
	return sides.map((side) => {
		const [ratio = null, durable = null, bare = null] = ['mosquitto', 'rabbitmq', 'bare-node'].map((name) =>
			against(side, name),
		);
		return [
			`${connections} × ${inFlight}`,
			side.target.name,
			spread(side, perCpuSecond),
			spread(side, ({ count, seconds }) => count / seconds),
			median(side.results.map(({ serverCpu, seconds }) => serverCpu / seconds)).toFixed(2),
			median(side.results.map(({ loadCpu, seconds }) => loadCpu / seconds)).toFixed(2),
			latency(side),
			ratio === null ? '' : `${ratio.toFixed(2)} ×; aim ≥ ${aim} ×: ${verdict(ratio >= aim)}`,
			durable === null ? '' : `${durable.toFixed(1)} ×`,
			bare === null ? '' : `${bare.toFixed(2)} ×`,
		];
	});
});

writeSection(
	'QoS 1 publications',
	`${circumstances(measured[0] ?? [])}

Connections × publications in flight on each. Latency from write to PUBACK in milliseconds, median and 99th percentile, with
the server driven as hard as the load generator can: it says how full the queues were, not how quick a lone reading is.

What an acknowledgement promises: keyward and rabbitmq, that the message is synced to the disk; mosquitto and bare-node, that it was received.

${table(['load', 'server', 'acknowledged per server-CPU-second', 'acknowledged per second', 'server cores', 'load cores', 'latency p50 / p99', 'against mosquitto', 'against rabbitmq', 'against bare Node'], rows)}`,
);
