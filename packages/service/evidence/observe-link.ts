import type { Instant } from '@keyward/core';
import { type Link, linkStep } from '@keyward/core/authorize';
import type { PrincipalName } from '@keyward/core/port';
import type { Observations } from './observations.ts';

/** What a handshake showed of a device or reader. */
export const observeLink = (observations: Observations, principal: PrincipalName, link: Link, at: Instant): void => {
	const { kind, application, id } = principal;
	const seen = { subject: { kind, application, id }, strength: 'observed', source: 'listener', at } as const;
	observations.see({ ...seen, claim: 'link-encryption', value: linkStep(link) ?? link.protocol });
	observations.see({ ...seen, claim: 'link-integrity', value: true });
	observations.see({ ...seen, claim: 'device-authentication', value: 'certificate' });
};
