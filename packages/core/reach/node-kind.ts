/** What a node of the trust graph is; to hold it means what the sentence says. */
export const nodeKinds = {
	device: 'the machine is open, or its firmware is chosen',
	gateway: 'the machine is open that passes on what devices send',
	reader: 'the machine or account that reads is open',
	person: 'what this person knows and may do is had',
	service: 'code runs where the service runs',
	custody: 'the place of keys is reached',
	key: 'the key answers',
	identity: 'this name can be shown to the others',
	ca: 'certificates can be issued',
	'update-role': 'updates can be signed',
	'command-role': 'commands can be signed',
	'owner-role': 'what the owner says can be signed',
	'key-epoch': 'the content keys of this span are had',
	'stream-write': 'readings can be invented',
	'stream-read': 'readings can be read',
	commands: 'commands can be given',
} as const;

export type NodeKind = keyof typeof nodeKinds;

/** In the order of their numbers in the graph. */
export const nodeKindNames = Object.keys(nodeKinds) as readonly NodeKind[];
