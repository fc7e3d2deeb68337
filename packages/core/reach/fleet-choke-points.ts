import { chokePoints } from './choke-points.ts';
import { createFleetReach } from './reach-bound.ts';
import { spokenName, type TrustGraph } from './trust-graph.ts';

/** A node whose remedy alone frees most devices of taking another with them. */
export interface FleetChokePoint {
	readonly what: string;
	/** Devices with which another falls now, and with this node mended does not. */
	readonly devices: number;
}

/** Devices whose own choke points are looked at, and nodes that are then worked out for the whole fleet. */
const [SAMPLED, TRIED] = [16, 8];

/**
 * The nodes whose remedy leaves the fewest devices with which others fall, the best first. Candidates are what chokes devices spread
 * evenly over those concerned; the figure of each is that of the whole fleet without it.
 */
export const fleetChokePoints = (graph: TrustGraph, owners: Int32Array, most = 3): FleetChokePoint[] => {
	const reachWithout = createFleetReach(graph, owners);
	const concerned = (without?: number): number[] =>
		reachWithout(without).flatMap(({ device, other }) => (other === null ? [] : [device]));
	const before = concerned();
	const impacts = new Map<number, number>();
	for (let turn = 0; turn < Math.min(SAMPLED, before.length); turn++) {
		const device = before[Math.floor((turn * before.length) / Math.min(SAMPLED, before.length))] as number;
		for (const { without, impact } of chokePoints(graph, [device]))
			if (without.node !== undefined) impacts.set(without.node, (impacts.get(without.node) ?? 0) + impact);
	}
	// What several devices lead to has several edges into it at its outermost; a file of one device frees that one alone.
	const into = new Uint32Array(graph.nodes);
	for (const node of graph.targets) into[node] = (into[node] as number) + 1;
	const common = [...impacts].filter(([node]) => (into[node] as number) > 1);
	return (common.length > 0 ? common : [...impacts])
		.toSorted(([, one], [, other]) => other - one)
		.slice(0, TRIED)
		.map(([node]) => ({ what: spokenName(graph, node), devices: before.length - concerned(node).length }))
		.filter(({ devices }) => devices > 0)
		.toSorted((one, other) => other.devices - one.devices)
		.slice(0, most);
};
