import { mayUseCertificate, qualifiedName } from '@keyward/core/device';
import type { X509Certificate } from 'node:crypto';
import { type Instant, type Milliseconds, days } from '@keyward/core';
import { roughSpan } from '@keyward/core/policy';
import type { IssuedCertificate, Principal } from '@keyward/core/port';
import type { Condition } from './alerts.ts';

/** A certificate of the site's own. */
export interface OwnCertificate {
	readonly name: string;
	readonly isAuthority: boolean;
	readonly from: Instant;
	readonly until: Instant;
}

export const ownCertificate = (certificate: X509Certificate): OwnCertificate => ({
	name: certificate.subject.split('\n').toReversed().join(', '),
	isAuthority: certificate.ca,
	from: certificate.validFromDate.getTime(),
	until: certificate.validToDate.getTime(),
});

/** Time to replace a CA: every device has to hear of the new one. */
const AUTHORITY_LEAD: Milliseconds = days(180);
/** A device renews from two thirds of its certificate's life on: with a sixth left it has failed for long. */
const LAST_PART = 6;

const near = (from: Instant, until: Instant, lead: Milliseconds, now: Instant): boolean =>
	until - now < Math.min(lead, (until - from) / LAST_PART);

const left = (until: Instant, now: Instant): string =>
	until <= now ? `ended ${roughSpan(Math.max(1, now - until))} ago` : `ends in ${roughSpan(until - now)}`;

/** The site's own certificates that are near their end. */
export const ownEnds = (certificates: readonly OwnCertificate[], now: Instant): Condition[] =>
	certificates
		.filter(({ from, until, isAuthority }) => near(from, until, isAuthority ? AUTHORITY_LEAD : until - from, now))
		.map(({ name, isAuthority, until }) => ({
			kind: 'certificate-end',
			subject: name,
			text: `The certificate of ${name} ${left(until, now)}: ${
				isAuthority
					? 'roll it over, so that devices hear of the new one in time (keyward ca roll).'
					: 'start the service again, which renews it.'
			}`,
		}));

/** A device that failed to renew; null when its newest certificate has time, or there is none. */
export const deviceEnd = (
	{ kind, application, id, state }: Principal,
	certificates: readonly IssuedCertificate[],
	now: Instant,
): Condition | null => {
	if (kind !== 'device' || !mayUseCertificate(state)) return null;
	const [newest] = certificates.filter(({ revoked }) => revoked === null).toSorted((a, b) => b.notAfter - a.notAfter);
	if (newest === undefined) return null;
	const { notBefore, notAfter } = newest;
	if (!near(notBefore, notAfter, notAfter - notBefore, now)) return null;
	const mend =
		notAfter <= now
			? 'retire it and commission it again.'
			: 'look at its log, and whether it reaches the service to renew.';
	const subject = qualifiedName({ application, id });
	return { kind: 'certificate-end', subject, text: `The certificate of ${subject} ${left(notAfter, now)}: ${mend}` };
};
