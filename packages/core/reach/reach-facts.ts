import type { Fact } from '../policy/fact.ts';
import type { Instant } from '../units/instant.ts';
import type { Inventory } from './inventory.ts';
import { inventoryGraph } from './inventory-graph.ts';
import { createFleetReach } from './reach-bound.ts';

/**
 * What the trust graph of a site says of each device with a key, as evidence for reach-bound (EN 303 645 5.4-4, CRA Annex I Part I
 * (2)(k)): whether another device falls when it is opened, and whether its key leaves it.
 */
export const reachFacts = (inventory: Inventory, at: Instant): Fact[] => {
	const { graph, owners } = inventoryGraph(inventory);
	const keyed = new Set(inventory.devices.filter(({ keys }) => keys.length > 0).map(({ id }) => id));
	return createFleetReach(graph, owners)().flatMap(({ device, value }) => {
		const label = graph.labels[device] ?? '';
		if (!keyed.has(label)) return [];
		const cut = label.indexOf('/');
		return [
			{
				subject: { kind: 'device', application: label.slice(0, cut), id: label.slice(cut + 1) },
				...{ claim: 'reach-bound', value, strength: 'observed', source: 'trust graph', at },
			},
		] satisfies Fact[];
	});
};
