import type { Instant } from '@keyward/core';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import type { PersonStore } from '@keyward/core/port';

/** How each person signs in, by the weakest of their passkeys; the last sign-in is when it was seen. */
export const peopleFacts = async (store: Pick<PersonStore, 'people' | 'passkeys'>): Promise<Fact[]> => {
	const facts: Fact[] = [];
	for (const { name } of await store.people()) {
		const passkeys = await store.passkeys(name);
		const at: Instant = Math.max(0, ...passkeys.map(({ used }) => used));
		facts.push({
			...{ subject: serviceComponent, claim: 'person-authentication', strength: 'observed', at },
			value: passkeys.every(({ hardware }) => hardware) ? 'passkey-hardware' : 'passkey',
			source: `sign-in of ${name}`,
		});
	}
	return facts;
};
