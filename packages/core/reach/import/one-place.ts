import type { HeldKey, Inventory } from '../inventory.ts';

const NAMED = 3;

/** A key that a list has in a file of one holder and in hardware of another is in a file: it can be copied from there. */
export const inOnePlace = (inventory: Inventory): Inventory => {
	const { devices, readers, gateways, authorities } = inventory;
	const places = new Map<string, HeldKey['custody']>();
	const torn = new Set<string>();
	const issuing = authorities.map(({ key }) => ({ keys: [key] }));
	for (const { keys } of [...devices, ...readers, ...gateways, ...issuing])
		for (const { key, custody } of keys) {
			if ((places.get(key) ?? custody) !== custody) torn.add(key);
			places.set(key, custody);
		}
	if (torn.size === 0) return inventory;
	const settled = (held: HeldKey): HeldKey => (torn.has(held.key) ? { ...held, custody: 'software' } : held);
	const settle = <Holder extends { readonly keys: readonly HeldKey[] }>(holder: Holder): Holder => ({
		...holder,
		keys: holder.keys.map(settled),
	});
	const some = [...torn].slice(0, NAMED).join(', ');
	return {
		...inventory,
		// What one holder has in two places is refused by its name (`checkInventory`).
		devices: devices.map((one) => (hasTwice(one.keys) ? one : settle(one))),
		readers: readers.map(settle),
		gateways: gateways.map(settle),
		authorities: authorities.map((one) => ({ ...one, key: settled(one.key) })),
		assumptions: [
			...inventory.assumptions,
			`Keys that are in one place with one holder and in another with the next count as files: ${some}${torn.size > NAMED ? ` and ${torn.size - NAMED} more` : ''}.`,
		],
	};
};

const hasTwice = (keys: readonly HeldKey[]): boolean => new Set(keys.map(({ key }) => key)).size < keys.length;
