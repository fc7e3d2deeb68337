import type { Instant } from '@keyward/core';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import { type PersonStep, type PersonStore, personSteps } from '@keyward/core/port';

/** How each person signs in, by the weakest of their ways in; the last sign-in is when it was seen. */
export const peopleFacts = async (store: Pick<PersonStore, 'people' | 'passkeys' | 'identities'>): Promise<Fact[]> => {
	const facts: Fact[] = [];
	for (const { name } of await store.people()) {
		const passkeys = await store.passkeys(name);
		const identities = await store.identities(name);
		const at: Instant = Math.max(0, ...[...passkeys, ...identities].map(({ used }) => used ?? 0));
		const ways: readonly PersonStep[] = [
			...passkeys.map(({ hardware }) => (hardware ? ('passkey-hardware' as const) : ('passkey' as const))),
			// What an issuer has not shown yet counts for the least.
			...identities.map(({ step }) => step ?? 'password'),
		];
		facts.push({
			...{ subject: serviceComponent, claim: 'person-authentication', strength: 'observed', at },
			value: personSteps.find((step) => ways.includes(step)) ?? 'password',
			source: `sign-in of ${name}`,
		});
	}
	return facts;
};
