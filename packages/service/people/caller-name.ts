import type { Allowed, Caller } from '@keyward/core/authorize';

/** How the audit log and approvals call who called. */
export const callerName = (caller: Caller, { principal, person }: Pick<Allowed, 'principal' | 'person'>): string =>
	principal !== null
		? `${principal.kind} ${principal.id} of ${principal.application}`
		: person !== undefined
			? `person ${person.name}`
			: caller.kind === 'operator' && caller.login !== undefined
				? `operator ${caller.login}`
				: caller.kind;
