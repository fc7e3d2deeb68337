import { Problem } from '@keyward/core';
import type { LifeState } from '@keyward/core/device';
import type { Principal, PrincipalName } from '@keyward/core/port';

/** Whether it was ended so before; then ending it again finishes what is left. */
export const endedBy = (state: LifeState, event: 'retire' | 'transfer'): boolean =>
	state === (event === 'retire' ? 'retired' : 'transferred');

export const cannotEnd = (
	{ kind, id, state }: Pick<Principal, 'kind' | 'id' | 'state'>,
	event: 'retire' | 'transfer',
): Problem =>
	new Problem(
		'device-state',
		`The ${kind} ${id} is ${state}: it cannot be ${event === 'retire' ? 'retired' : 'transferred'} from there.`,
	);

/** expected-device: it was revoked, or expected again, while its certificate was being made. */
export const endedMeanwhile = ({ kind, id }: PrincipalName): Problem =>
	new Problem(
		'device-not-expected',
		`The ${kind} ${id} was ended or expected again meanwhile: expect it, and commission it with the new string.`,
	);

/** RFC 5280 §4.1.2.2: a CA gives each serial number once; anyone who is given it again is given something else. */
export const serialGivenTwice = (serial: string): Problem =>
	new Problem(
		'certificate-malformed',
		`The CA gave the serial number ${serial} to another certificate: ask it which of the two is good.`,
	);

export const unknownPrincipal = ({ kind, id, application }: PrincipalName): Problem =>
	new Problem(`${kind}-unknown`, `There is no ${kind} ${id} in ${application}.`);

export const expectedAlready = ({ kind, id }: PrincipalName, state: LifeState): Problem =>
	new Problem('device-exists', `The ${kind} ${id} is ${state} already. Retire it before you register it again.`);
