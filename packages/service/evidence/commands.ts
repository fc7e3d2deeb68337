import type { Instant } from '@keyward/core';
import type { Receipt } from '@keyward/core/command';
import type { Fact } from '@keyward/core/policy';
import type { PrincipalName } from '@keyward/core/port';

/** A receipt under the device's stream key: it judges what it is told, and by which rule. */
export const commandFact = (
	{ kind, application, id }: PrincipalName,
	{ dangerousSigners }: Receipt,
	at: Instant,
): Fact => ({
	...{ subject: { kind, application, id }, claim: 'signed-commands', strength: 'observed', source: 'receipt', at },
	value: dangerousSigners === 2 ? 'two-signers' : 'signed',
});
