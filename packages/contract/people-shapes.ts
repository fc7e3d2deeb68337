import { personRoles, personSteps } from '@keyward/core/port';
import { Type } from './type.ts';
import { exactly, instant } from './shapes.ts';

/** What a person is called; it is written into the audit log. */
export const personName = Type.String({
	pattern: '^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$',
	description: 'lower-case letters, digits, dots, hyphens',
});

export const role = Type.Enum([...personRoles]);

/** A session or an approval that waits, by its number. */
export const number = Type.Integer({ minimum: 1 });

export const session = exactly({
	number,
	person: Type.String(),
	role: Type.Union([Type.String(), Type.Null()], { description: 'null when the person was removed' }),
	opened: instant,
	seen: instant,
	ends: instant,
	locked: Type.Boolean(),
	hardware: Type.Boolean({ description: 'signed in with a passkey in attested hardware' }),
	step: Type.Enum([...personSteps], { description: 'what the sign-in proved' }),
	from: Type.String({ description: 'network address, where alone it is taken (IPv4 /24, IPv6 /64)' }),
	browser: Type.Union([Type.String(), Type.Null()], {
		description:
			'family and system of the browser as it says, where alone it is taken; null for a session of before it was kept',
	}),
});
