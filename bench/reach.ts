import assert from 'node:assert/strict';
import { createExposure, createFleetReach, type TrustGraph, TrustGraphBuilder } from '@keyward/core/reach';
import { median } from './lib/compare.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// What falls with whom, in a fleet of a million devices: five nodes and five edges each.

const DEVICES = 1_000_000;
/** Devices that share one secret, each with its own names and streams: 20,000 nodes in all. */
const SHARING = 6666;
const ROUNDS = 9;

const MB = 1e6;

interface Fleet {
	readonly graph: TrustGraph;
	readonly owners: Int32Array;
	readonly role: number;
	readonly sharing: number;
}

const makeFleet = (): Fleet => {
	const builder = new TrustGraphBuilder();
	const owned: [number, number][] = [];
	const role = builder.node('update-role', 'targets', { weight: 1 });
	const shared = builder.node('key', 'shared');
	let sharing = -1;
	for (let index = 0; index < DEVICES; index++) {
		const id = `fleet/device-${index}`;
		const device = builder.node('device', id);
		const place = builder.node('custody', id);
		const key = index < SHARING ? shared : builder.node('key', id);
		const identity = builder.node('identity', id, { weight: 1 });
		const stream = builder.node('stream-write', id, { weight: 1 });
		builder.edge(role, 'installs', device);
		builder.edge(device, 'contains', place);
		builder.edge(place, 'yields', key);
		builder.edge(key, 'proves', identity);
		builder.edge(identity, 'writes', stream);
		owned.push([device, device], [identity, device]);
		if (index === 0) sharing = device;
	}
	// The rest of 20,000 nodes: what else the shared secret opens.
	for (let index = 0; index < SHARING; index++)
		builder.edge(shared, 'opens', builder.node('stream-read', `recorded-${index}`));
	const graph = builder.build();
	const owners = new Int32Array(graph.nodes).fill(-1);
	for (const [node, device] of owned) owners[node] = device;
	return { graph, owners, role, sharing };
};

const rest = (): number => {
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return heapUsed + arrayBuffers;
};

const timed = (run: () => unknown): number => {
	const begun = performance.now();
	run();
	return performance.now() - begun;
};

const begun = performance.now();
const fleet = makeFleet();
const load = performance.now() - begun;
const { graph, owners, role, sharing } = fleet;
const expose = createExposure(graph);
const fleetReach = createFleetReach(graph, owners);
const memory = rest();

const whole = Array.from({ length: ROUNDS }, () => timed(() => assert.equal(expose([role]).count, graph.nodes)));
let touched = 0;
const some = Array.from({ length: ROUNDS }, () => {
	expose([]);
	return timed(() => {
		touched = expose([sharing]).count;
	});
});
const all = Array.from({ length: 3 }, () =>
	timed(() => assert.equal(fleetReach().filter(({ value }) => value === 'any').length, SHARING)),
);

const row = (what: string, times: readonly number[], aim: number | null): string[] => [
	what,
	`${median(times).toFixed(2)} ms`,
	`${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)}`,
	aim === null ? '–' : `under ${aim} ms: ${verdict(median(times) < aim)}`,
];

writeSection(
	'Reach',
	`${where().replace('load generator on ', '')}

${DEVICES.toLocaleString('en-GB')} devices, ${graph.nodes.toLocaleString('en-GB')} nodes and ${graph.edges.toLocaleString('en-GB')} edges, made in ${(load / 1000).toFixed(1)} s, which does not count;
${Math.round(memory / MB).toLocaleString('en-GB')} MB of memory with the graph and what the questions need, ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB at the highest for the process.

${table(
	['question', 'time', 'lowest–highest', 'aim'],
	[
		row('everything that falls with the keys of the update role: every device and what it has', whole, 250),
		row(`what falls with one device that shares its secret: ${touched.toLocaleString('en-GB')} nodes`, some, 2),
		row('for each of all devices, whether another falls with it', all, null),
	],
)}`,
);
