import type { Connection } from '../connection/connection.ts';

/** A packet identifier that no delivery under way has (MQTT 5 §2.2.1). There is one: fewer are under way than there are identifiers. */
export const takeIdentifier = (connection: Connection): number => {
	let identifier = connection.nextIdentifier;
	while (connection.unacknowledged.has(identifier) || connection.reserved.has(identifier)) {
		identifier = (identifier % 65_535) + 1;
	}
	connection.nextIdentifier = (identifier % 65_535) + 1;
	return identifier;
};
