import type { Deliveries } from './deliveries.ts';

/** A packet identifier that no delivery under way has (MQTT 5 §2.2.1). There is one: fewer are under way than there are identifiers. */
export const takeIdentifier = (deliveries: Deliveries): number => {
	let identifier = deliveries.nextIdentifier;
	while (deliveries.unacknowledged.has(identifier) || deliveries.reserved.has(identifier)) {
		identifier = (identifier % 65_535) + 1;
	}
	deliveries.nextIdentifier = (identifier % 65_535) + 1;
	return identifier;
};
