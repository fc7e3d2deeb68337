import { didYouMean } from '../policy/nearest.ts';
import { Problem } from '../problem/problem.ts';
import type { HeldKey, Inventory, InventoryDevice } from './inventory.ts';

type Change = (inventory: Inventory, value: string) => Inventory;

const custodies = ['software', 'tpm2', 'pkcs11'] as const;
/** A file is what `software` means. */
const places = [...custodies, 'file'];

const custodyOf = (value: string): (typeof custodies)[number] => custodies.find((one) => one === value) ?? 'software';

const withKeys = (inventory: Inventory, keysOf: (device: InventoryDevice) => readonly HeldKey[]): Inventory => ({
	...inventory,
	devices: inventory.devices.map((device) => ({ ...device, keys: keysOf(device) })),
});

/** Where a device's one key lies when it gets another: the weakest place of those it had. */
const placeOf = ({ keys }: InventoryDevice): HeldKey['custody'] =>
	keys.some(({ custody }) => custody === 'software') ? 'software' : (keys[0]?.custody ?? 'software');

const changes: Readonly<Record<string, { readonly values: readonly string[]; readonly change: Change }>> = {
	custody: {
		values: places,
		change: (inventory, value) =>
			withKeys(inventory, ({ keys }) => keys.map((held) => ({ ...held, custody: custodyOf(value) }))),
	},
	psk: {
		values: ['shared', 'own'],
		change: (inventory, value) =>
			withKeys(inventory, (device) => [
				{
					key: value === 'shared' ? 'that all share' : `of ${device.id}`,
					custody: placeOf(device),
					opensRecorded: true,
				},
			]),
	},
	key: {
		values: ['own'],
		change: (inventory) =>
			withKeys(inventory, (device) => [{ key: `of ${device.id}`, custody: placeOf(device), opensRecorded: false }]),
	},
	ca: {
		values: places,
		change: (inventory, value) => ({
			...inventory,
			authorities: inventory.authorities.map((authority) => ({
				...authority,
				key: { ...authority.key, custody: custodyOf(value) },
			})),
		}),
	},
	readings: {
		values: ['sealed'],
		change: (inventory) => ({
			...inventory,
			devices: inventory.devices.map((device) => ({
				...device,
				streams: device.streams.map((stream) => ({ ...stream, sealed: true })),
			})),
		}),
	},
	gateway: {
		values: ['blind'],
		change: (inventory) => ({
			...inventory,
			devices: inventory.devices.map((device) => ({ ...device, gateways: [] })),
		}),
	},
};

/**
 * The inventory as it would be if `what` were so: "custody=tpm2", "psk=shared". Throws `Problem('what-if-unknown')` for anything
 * that it cannot suppose.
 */
export const suppose = (inventory: Inventory, what: string): Inventory => {
	const cut = what.indexOf('=');
	const [name, value] = cut < 0 ? [what, ''] : [what.slice(0, cut), what.slice(cut + 1)];
	const known = Object.hasOwn(changes, name) ? changes[name] : undefined;
	if (known === undefined)
		throw new Problem(
			'what-if-unknown',
			`${JSON.stringify(name)} is nothing that can be supposed${didYouMean(name, Object.keys(changes))}: use ${Object.keys(changes).join(', ')}`,
		);
	if (!known.values.includes(value))
		throw new Problem(
			'what-if-unknown',
			`${name} cannot be ${JSON.stringify(value)}${didYouMean(value, known.values)}: use ${known.values.map((one) => `${name}=${one}`).join(', ')}`,
		);
	return known.change(inventory, value);
};
