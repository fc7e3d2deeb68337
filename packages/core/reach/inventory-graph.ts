import type { HeldKey, Inventory } from './inventory.ts';
import { type TrustGraph, TrustGraphBuilder } from './trust-graph.ts';

/** An essential stream counts for as much as this many others (IEC 62443-4-2 CCSC 1). */
export const ESSENTIAL_WEIGHT = 10;

/** An inventory as a graph, and which device is lost with which node. */
export interface InventoryGraph {
	readonly graph: TrustGraph;
	/** By node: the device node that is lost with it (the machine and its identity); -1 for others. */
	readonly owners: Int32Array;
	/** The node of each device, by its id. */
	readonly devices: ReadonlyMap<string, number>;
}

/** Builds the graph. The inventory is one that `checkInventory` let through. */
export const inventoryGraph = (inventory: Inventory): InventoryGraph => {
	const builder = new TrustGraphBuilder();
	const owned: [node: number, device: number][] = [];
	const keys = new Map<string, number>();
	const keyNode = (name: string): number => {
		const found = keys.get(name);
		if (found !== undefined) return found;
		const made = builder.node('key', name);
		keys.set(name, made);
		return made;
	};
	/** A holder's keys in their place: copied from a file, only used in a part. */
	const keep = (holder: number, label: string, held: readonly HeldKey[]): void => {
		for (const custody of new Set(held.map(({ custody }) => custody))) {
			const place = builder.node(
				'custody',
				custody === 'software' ? `file of ${label}` : `${custody === 'tpm2' ? 'TPM' : 'token'} of ${label}`,
			);
			builder.edge(holder, 'contains', place);
			for (const { key, custody: where } of held)
				if (where === custody) builder.edge(place, custody === 'software' ? 'yields' : 'uses', keyNode(key));
		}
	};

	const { service } = inventory;
	const serviceNode = service === null ? null : builder.node('service', service.id, { weight: ESSENTIAL_WEIGHT });
	const serviceIdentity = service === null ? null : builder.node('identity', `service ${service.id}`);
	const authorities = new Map(
		inventory.authorities.map(({ id }) => [id, builder.node('ca', id, { weight: 1 })] as const),
	);
	const gateways = new Map(
		inventory.gateways.map(({ id }) => [id, builder.node('gateway', id, { weight: 1 })] as const),
	);
	/** What a gateway passes on. That of an inner one is apart from the machine: who has the outer one has the traffic, and no key. */
	const passing = new Map(
		inventory.gateways.map(({ id, behind }) => {
			const machine = gateways.get(id) as number;
			return [id, behind === null ? machine : builder.node('gateway', `${id}, what it passes on`)] as const;
		}),
	);
	const roles = addRoles(builder, inventory, keyNode);

	for (const { id, key, onService, certifies, certifiesService } of inventory.authorities) {
		const node = authorities.get(id) as number;
		if (onService && serviceNode !== null) keep(serviceNode, `CA ${id}`, [key]);
		builder.edge(keyNode(key.key), 'signs', node);
		for (const other of certifies) {
			const to = authorities.get(other);
			if (to !== undefined) builder.edge(node, 'issues', to);
		}
		if (certifiesService && serviceIdentity !== null) builder.edge(node, 'issues', serviceIdentity);
	}
	if (serviceNode !== null && serviceIdentity !== null) builder.edge(serviceNode, 'proves', serviceIdentity);

	for (const { id, keys: held, behind } of inventory.gateways) {
		const [node, passed] = [gateways.get(id) as number, passing.get(id) as number];
		keep(node, id, held);
		if (passed !== node) builder.edge(node, 'passes', passed);
		const before = behind === null ? undefined : passing.get(behind);
		// What the outer gateway passes on includes what stands behind the inner one.
		if (before !== undefined) builder.edge(before, 'passes', passed);
	}

	const streamsOf = new Map<string, { write: number; read: number; name: string; sealed: boolean }[]>();
	const devices = new Map<string, number>();
	for (const device of inventory.devices) {
		const node = builder.node('device', device.id);
		devices.set(device.id, node);
		const identity = builder.node('identity', device.id, { weight: 1 });
		owned.push([node, node], [identity, node]);
		keep(node, device.id, device.keys);
		const commands = device.commands ? builder.node('commands', device.id) : null;
		const streams = device.streams.map(({ name, essential, sealed }) => {
			const weight = essential ? ESSENTIAL_WEIGHT : 1;
			const label = `${device.id}/${name}`;
			return {
				...{ name, sealed },
				write: builder.node('stream-write', label, { weight }),
				read: builder.node('stream-read', label, { weight: 1 }),
			};
		});
		streamsOf.set(device.id, streams);
		for (const { key, opensRecorded } of device.keys) {
			builder.edge(keyNode(key), 'proves', identity);
			if (!opensRecorded) continue;
			for (const { read } of streams) builder.edge(keyNode(key), 'decrypts', read);
			if (serviceNode !== null && service?.holdsSharedSecrets === true)
				builder.edge(serviceNode, 'holds', keyNode(key));
		}
		for (const { write, read, name, sealed } of streams) {
			builder.edge(identity, 'writes', write);
			if (sealed) {
				// The content key of the epoch that goes on is in the device's memory (docs: sealing); those before it are gone.
				const epoch = builder.node('key-epoch', `${device.id}/${name}, the one that goes on`, { weight: 1 });
				builder.edge(node, 'keeps', epoch);
				builder.edge(epoch, 'opens', read);
				const admitting = roles.get(device.rosterRole ?? '');
				if (admitting !== undefined) builder.edge(admitting, 'admits', epoch);
			}
			for (const gateway of device.gateways) {
				const through = passing.get(gateway);
				if (through === undefined) continue;
				builder.edge(through, 'passes', write);
				if (!sealed) builder.edge(through, 'passes', read);
			}
			// Who stands in for the service is given the readings.
			if (serviceIdentity !== null && service?.readsContent === true && !sealed)
				builder.edge(serviceIdentity, 'receives', read);
		}
		const { commandRole } = device;
		const commanding = commandRole === undefined ? serviceIdentity : (roles.get(commandRole ?? '') ?? null);
		if (commands !== null && commanding !== null) builder.edge(commanding, 'gives', commands);
		for (const authority of device.authorities) {
			const from = authorities.get(authority);
			if (from !== undefined) builder.edge(from, 'issues', identity);
		}
		for (const role of device.updateRoles) {
			const from = roles.get(role);
			if (from !== undefined) builder.edge(from, 'installs', node);
		}
	}

	for (const { id, keys: held, grants, authorities: by } of inventory.readers) {
		const node = builder.node('reader', id);
		const identity = builder.node('identity', `reader ${id}`, { weight: 1 });
		keep(node, `reader ${id}`, held);
		for (const { key } of held) builder.edge(keyNode(key), 'proves', identity);
		for (const authority of by) {
			const from = authorities.get(authority);
			if (from !== undefined) builder.edge(from, 'issues', identity);
		}
		const readable = new Map<number, boolean>();
		const application = id.includes('/') ? id.slice(0, id.indexOf('/') + 1) : '';
		for (const { device, stream } of grants) {
			const of = device === '*' ? [...streamsOf.keys()].filter((name) => name.startsWith(application)) : [device];
			for (const name of of)
				for (const { name: own, read, sealed } of streamsOf.get(name) ?? [])
					if (own === stream) readable.set(read, sealed);
		}
		for (const [read, sealed] of readable) {
			// What is sealed is opened by the reader's key, and not by who can show its name.
			if (sealed) for (const { key } of held) builder.edge(keyNode(key), 'decrypts', read);
			else builder.edge(identity, 'reads', read);
		}
	}

	for (const { id, keys: signers, onService } of inventory.updateRoles)
		if (onService === true && serviceNode !== null)
			keep(
				serviceNode,
				id,
				[...new Set(signers)].map((key) => ({ key, custody: 'software', opensRecorded: false })),
			);

	for (const { id, operatesService, keys: held } of inventory.people) {
		const node = builder.node('person', id);
		for (const key of new Set(held)) builder.edge(node, 'holds', keyNode(key));
		if (!operatesService) continue;
		// By the local socket: it enrols, grants and commands, and has no key of the service.
		if (serviceIdentity !== null) builder.edge(node, 'operates', serviceIdentity);
		for (const { id: authority, certifies, certifiesService } of inventory.authorities) {
			const ca = authorities.get(authority);
			if (ca !== undefined && certifies.length === 0 && !certifiesService) builder.edge(node, 'enrols', ca);
		}
	}

	const graph = builder.build();
	const owners = new Int32Array(graph.nodes).fill(-1);
	for (const [node, device] of owned) owners[node] = device;
	return { graph, owners, devices };
};

/**
 * The roles by their ids, with what signs for them. A role whose signers others name falls by its own signers together, or by one of
 * those others: then the signers are a node apart, which has the threshold.
 */
const addRoles = (
	builder: TrustGraphBuilder,
	{ updateRoles }: Pick<Inventory, 'updateRoles'>,
	keyNode: (name: string) => number,
): ReadonlyMap<string, number> => {
	const roles = new Map<string, number>();
	const appointed = new Set(updateRoles.flatMap(({ appoints = [] }) => appoints));
	for (const { id, kind = 'update-role', keys, threshold } of updateRoles) {
		const apart = threshold > 1 && appointed.has(id);
		const role = builder.node(kind, id, { weight: 1, needs: apart ? 1 : threshold });
		const signers = apart ? builder.node(kind, `${id}, by its signers`, { needs: threshold }) : role;
		if (apart) builder.edge(signers, 'signs', role);
		for (const key of new Set(keys)) builder.edge(keyNode(key), 'signs', signers);
		roles.set(id, role);
	}
	for (const { id, appoints = [] } of updateRoles)
		for (const other of appoints) {
			const [from, to] = [roles.get(id), roles.get(other)];
			if (from !== undefined && to !== undefined) builder.edge(from, 'appoints', to);
		}
	return roles;
};
