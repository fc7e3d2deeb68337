import { Problem } from '@keyward/core';
import { isSamePrincipal, type LifeState } from '@keyward/core/device';
import type { Generation, PrincipalName } from '@keyward/core/port';

/** The caller judged by what it read, and that is not so any more. */
export const movedMeanwhile = ({ kind, id }: PrincipalName, from: LifeState, now: LifeState): Problem =>
	new Problem('changed-meanwhile', `The ${kind} ${id} was ${from} and is ${now} now: look at it, and ask again.`);

export const appliedMeanwhile = (application: string, after: number, newest: number): Problem =>
	new Problem(
		'changed-meanwhile',
		`The policy of ${application} is at epoch ${newest} now, not ${after}: look at it, and apply yours again.`,
	);

/** unique-key: another registrar admitted the key since it was judged. */
export const heldMeanwhile = ({ kind, id }: PrincipalName): Problem =>
	new Problem('changed-meanwhile', `Another device or reader got the key of the ${kind} ${id} meanwhile: ask again.`);

/** Whether somebody beside the principal and those of the list holds the key. */
export const isHeldByOthers = (
	now: readonly PrincipalName[],
	name: PrincipalName,
	known: readonly PrincipalName[],
): boolean => now.some((holder) => ![name, ...known].some((one) => isSamePrincipal(one, holder)));

export const rolledMeanwhile = (ca: string): Problem =>
	new Problem('changed-meanwhile', `The generations of ${ca} changed meanwhile: look at them, and ask again.`);

export const authoritiesBegun = (): Problem =>
	new Problem('changed-meanwhile', 'This site has an inventory of its CAs already: start again.');

export const isSameGeneration = (a: Generation, b: Generation | undefined): boolean =>
	a.number === b?.number &&
	a.custody === b.custody &&
	a.state === b.state &&
	a.since === b.since &&
	a.linked === b.linked;
