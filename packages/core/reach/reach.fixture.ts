import type { Inventory, InventoryDevice } from './inventory.ts';

/** An inventory of nothing. */
export const nothingKnown: Inventory = {
	source: 'test',
	devices: [],
	readers: [],
	gateways: [],
	authorities: [],
	updateRoles: [],
	people: [],
	service: null,
	assumptions: [],
};

export const sensor = (id: string, more: Partial<InventoryDevice> = {}): InventoryDevice => ({
	id,
	class: null,
	keys: [{ key: `key of ${id}`, custody: 'software', opensRecorded: false }],
	streams: [{ name: 'level', essential: false, sealed: false }],
	commands: true,
	authorities: ['hall'],
	gateways: [],
	updateRoles: [],
	...more,
});

/** A site with a CA in a file of the service, an operator, a reader and so many sensors. */
export const site = (count: number): Inventory => ({
	...nothingKnown,
	devices: Array.from({ length: count }, (_, index) => sensor(`hall/probe-${index + 1}`)),
	readers: [
		{
			id: 'hall/desk',
			keys: [{ key: 'key of desk', custody: 'software', opensRecorded: false }],
			grants: [{ device: '*', stream: 'level' }],
			authorities: ['hall'],
		},
	],
	authorities: [
		{
			id: 'hall',
			key: { key: 'key of CA hall', custody: 'software', opensRecorded: false },
			onService: true,
			certifies: [],
			certifiesService: false,
		},
	],
	people: [{ id: 'operator', operatesService: true, keys: [] }],
	service: { id: 'service', readsContent: true, holdsSharedSecrets: true },
});
