import { type Instant, type Milliseconds, minutes } from '@keyward/core';
import { type Link, linkStep } from '@keyward/core/authorize';
import type { PrincipalName } from '@keyward/core/port';
import type { Observations } from './observations.ts';

/** A policy asks that it was seen within days: a device that comes back again and again has it written, and its posture made, once. */
const AGAIN: Milliseconds = minutes(10);

/** What a handshake showed of a device or reader. */
export const observeLink = (observations: Observations, principal: PrincipalName, link: Link, at: Instant): void => {
	const { kind, application, id } = principal;
	const seen = { subject: { kind, application, id }, strength: 'observed', source: 'listener', at } as const;
	observations.see({ ...seen, claim: 'link-encryption', value: linkStep(link) ?? link.protocol }, AGAIN);
	observations.see({ ...seen, claim: 'link-integrity', value: true }, AGAIN);
	observations.see({ ...seen, claim: 'device-authentication', value: 'certificate' }, AGAIN);
};
