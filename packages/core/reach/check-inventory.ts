import { Problem } from '../problem/problem.ts';
import type { Inventory } from './inventory.ts';

/** More of one kind is no inventory of a fleet, and would not fit in memory. */
export const MOST_ROWS = 2_000_000;

const unique = (what: string, ids: Iterable<string>): Set<string> => {
	const seen = new Set<string>();
	for (const id of ids) {
		if (seen.has(id))
			throw new Problem('inventory-duplicate', `${what} ${JSON.stringify(id)} is there twice: give each its own id`);
		seen.add(id);
	}
	return seen;
};

/** Throws `Problem('inventory-cycle')` where a gateway stands behind itself. */
const withoutCycle = (behind: ReadonlyMap<string, string | null>): void => {
	const clear = new Set<string>();
	for (const id of behind.keys()) {
		const chain = new Set<string>();
		for (
			let at: string | null | undefined = id;
			at !== null && at !== undefined && !clear.has(at);
			at = behind.get(at)
		) {
			if (chain.has(at))
				throw new Problem(
					'inventory-cycle',
					`gateway ${JSON.stringify(at)} stands behind itself: ${[...chain, at].join(' behind ')}; name the outermost without "behind"`,
				);
			chain.add(at);
		}
		for (const one of chain) clear.add(one);
	}
};

/**
 * Gives the inventory when it contradicts itself nowhere. Throws `Problem` with `inventory-duplicate`, `inventory-contradiction`,
 * `inventory-cycle`, `inventory-too-large`, or `inventory-malformed` where it holds nothing.
 */
export const checkInventory = (inventory: Inventory): Inventory => {
	const { devices, readers, gateways, authorities, updateRoles, people } = inventory;
	const rows = devices.length + readers.length + gateways.length + authorities.length + people.length;
	if (rows > MOST_ROWS)
		throw new Problem(
			'inventory-too-large',
			`${rows} rows, of which ${MOST_ROWS} can be held: split it by application`,
		);
	if (rows + updateRoles.length === 0)
		throw new Problem(
			'inventory-malformed',
			'The inventory has no device and no key holder: check the file and its form',
		);
	const known = {
		device: unique(
			'device',
			devices.map(({ id }) => id),
		),
		reader: unique(
			'reader',
			readers.map(({ id }) => id),
		),
		gateway: unique(
			'gateway',
			gateways.map(({ id }) => id),
		),
		ca: unique(
			'CA',
			authorities.map(({ id }) => id),
		),
		role: unique(
			'role',
			updateRoles.map(({ id }) => id),
		),
	};
	unique(
		'person',
		people.map(({ id }) => id),
	);
	const must = (kind: keyof typeof known, id: string, by: string): void => {
		if (!known[kind].has(id))
			throw new Problem(
				'inventory-contradiction',
				`${by} names ${kind} ${JSON.stringify(id)}, which the inventory does not have: add it, or correct the name`,
			);
	};
	for (const device of devices) {
		const { id, keys, streams, authorities: by, gateways: through, updateRoles: roles } = device;
		unique(
			`stream of ${id},`,
			streams.map(({ name }) => name),
		);
		const places = new Map<string, string>();
		for (const { key, custody } of keys) {
			const before = places.get(key);
			if (before !== undefined && before !== custody)
				throw new Problem(
					'inventory-contradiction',
					`device ${JSON.stringify(id)} has key ${JSON.stringify(key)} in ${before} and in ${custody}: a key that was ever in a file counts as in a file`,
				);
			places.set(key, custody);
		}
		for (const one of by) must('ca', one, `device ${JSON.stringify(id)}`);
		for (const one of through) must('gateway', one, `device ${JSON.stringify(id)}`);
		for (const one of [...roles, device.commandRole ?? null, device.rosterRole ?? null])
			if (one !== null) must('role', one, `device ${JSON.stringify(id)}`);
	}
	for (const { id, authorities: by } of readers) for (const one of by) must('ca', one, `reader ${JSON.stringify(id)}`);
	for (const { id, behind } of gateways) if (behind !== null) must('gateway', behind, `gateway ${JSON.stringify(id)}`);
	withoutCycle(new Map(gateways.map(({ id, behind }) => [id, behind])));
	for (const { id, certifies } of authorities) for (const one of certifies) must('ca', one, `CA ${JSON.stringify(id)}`);
	for (const { id, appoints = [] } of updateRoles)
		for (const one of appoints) must('role', one, `role ${JSON.stringify(id)}`);
	for (const { id, keys, threshold } of updateRoles)
		if (!Number.isInteger(threshold) || threshold < 1 || threshold > new Set(keys).size)
			throw new Problem(
				'inventory-contradiction',
				`role ${JSON.stringify(id)} wants ${threshold} of ${new Set(keys).size} keys: no such number can sign`,
			);
	return inventory;
};
