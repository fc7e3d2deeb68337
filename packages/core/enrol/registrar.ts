import { judgeLink, type Link } from '../authorize/link.ts';
import { type KeyAlgorithm, keyThumbprint, profilePublicKey } from '../format/public-key.ts';
import type { Token } from '../port/admission-store.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import { type Holder, judgeHolder, judgeToken } from './client-authentication.ts';
import { judgeKeyChange } from './key-change.ts';
import { type Judgement, refuse, withRefusals } from './judgement.ts';
import { judgePledge, type KeyRequest } from './requested-key.ts';
import { type Asked, judgeRequested, judgeRequestedAgain } from './requested-extensions.ts';

/** The connection that a request came on; null without TLS. */
interface OverLink {
	readonly link: Link | null;
}

/** A first enrolment under a one-time token. */
export interface Enrolment extends KeyRequest, Asked, OverLink {
	readonly token: Token | null;
}

/** A renewal under the certificate that the caller proved to hold. */
export interface Renewal extends KeyRequest, Asked, OverLink, Pick<Holder, 'certificate' | 'issuerCounts'> {
	/** Every certificate of the principal, oldest first. */
	readonly held: readonly IssuedCertificate[];
	/** The one kind of which a new key may be, where an exercise asks for one. */
	readonly kind?: KeyAlgorithm | null;
}

/**
 * The pledge, and the link that brought it: what the policy asks of every link it asks of EST too (link-encryption, CR 4.1), or anyone who
 * records the weakest of them has the token and the names.
 */
const overLink = (pledge: KeyRequest & OverLink): Judgement => {
	const { link, policy } = pledge;
	const judgement = judgePledge(pledge);
	const breaches = policy === null ? [] : judgeLink(link, policy);
	if (policy?.mode === 'enforce') return withRefusals(judgement, breaches);
	return judgement.admit ? { admit: true, findings: [...judgement.findings, ...breaches] } : judgement;
};

/** EST simpleenroll (RFC 7030 §4.2.1). Pure. */
export const judgeEnrolment = (enrolment: Enrolment): Judgement => {
	const { token, principal, request, now } = enrolment;
	const unusable = judgeToken(token, principal, keyThumbprint(request.publicKey), now);
	if (unusable !== null) return { admit: false, refusals: [unusable] };
	return withRefusals(overLink(enrolment), principal === null ? [] : judgeRequested(enrolment, principal));
};

/** EST simplereenroll (RFC 7030 §4.2.2): state and revocation are judged again on every request. Pure. */
export const judgeRenewal = (renewal: Renewal): Judgement => {
	const { certificate, principal, held, request, now, kind = null } = renewal;
	const kinds = { asked: kind, requested: profilePublicKey(request.publicKey)?.algorithm ?? null };
	const unusable = judgeHolder(renewal, now);
	if (unusable !== null) return { admit: false, refusals: [unusable] };
	return withRefusals(overLink(renewal), [
		...(certificate === null
			? []
			: judgeKeyChange(certificate.key, keyThumbprint(request.publicKey), held, now, kinds)),
		...(principal === null ? [] : judgeRequestedAgain(renewal, principal, certificate)),
	]);
};

/** What an intent that a crash left open must still satisfy before it is signed: the same as at any issue. Pure. */
export const judgeIntent = (
	intent: KeyRequest & Pick<Holder, 'certificate' | 'issuerCounts'> & { readonly token: Token | null },
): Judgement => {
	const { token, certificate, key, now } = intent;
	const spentFor = token?.spentFor ?? null;
	const isTokensKey = spentFor !== null && Buffer.compare(spentFor, keyThumbprint(key.publicKey)) === 0;
	if (!isTokensKey && certificate === null) {
		return refuse(
			'device-not-expected',
			'expected-device',
			'Neither a token nor a certificate stands behind this intent.',
		);
	}
	const unusable = certificate === null ? null : judgeHolder(intent, now);
	if (unusable !== null) return { admit: false, refusals: [unusable] };
	return judgePledge(intent);
};
