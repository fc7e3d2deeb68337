import { Type } from './type.ts';
import { keyKind, linkFloor, saidOfKeys } from './agility-shapes.ts';
import { device, operation } from './operation.ts';
import { exactly } from './shapes.ts';

/** What an exercise or a containment asks of a device. */
export const askedOfKeys = {
	rekey: Type.Optional(Type.Literal(true, { description: 'it is to have a new key made and certified' })),
	kind: Type.Optional({ ...keyKind, description: 'the kind that the new key is to be of' }),
	link: Type.Optional(
		Type.Union([
			Type.Literal('before', { description: 'take again what it took before an exercise raised it' }),
			exactly({
				floor: { ...linkFloor, description: 'the least link that it is to take' },
				service: Type.String(),
				est: Type.String(),
				mqtt: Type.String(),
			}),
		]),
	),
};

export const keyAsked = operation('key.asked', {
	summary: 'What the site wants of the keys and the link of the calling device now; for devices that take no updates',
	callers: [device],
	// What it says is evidence, as a connection is: nothing that somebody changes.
	safe: true,
	input: saidOfKeys,
	output: exactly(askedOfKeys),
});
