import type { Custody } from '../device/custody.ts';
import type { CertificationRequest } from '../format/csr.ts';
import { keyThumbprint } from '../format/public-key.ts';
import type { DeviceClass, Policy } from '../policy/policy.ts';
import type { IssuedCertificate, Principal, PrincipalName, Token } from '../port/registry-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { judgeKeyKind, judgeKeyStrength } from './key-strength.ts';
import { judgeRequested } from './requested-extensions.ts';
import { type Shortfall, shortfallOf } from './shortfall.ts';

/** Admitted, with what falls short of the policy in mode `report`; or not, with every reason. */
export type Judgement =
	| { readonly admit: true; readonly findings: readonly Refusal[] }
	| { readonly admit: false; readonly refusals: readonly [Refusal, ...Refusal[]] };

/** The key that asks to be certified, and what the registry knows of it. */
export interface PledgedKey {
	/** SubjectPublicKeyInfo, DER; its possession is proven. */
	readonly publicKey: Uint8Array;
	/** Where the registrar has evidence that it lives; `software` when it has none. */
	readonly custody: Custody;
	/** Everybody who holds, held or is about to hold it. */
	readonly holders: readonly PrincipalName[];
	/** Certificates that were issued for it to this principal. */
	readonly certificates: readonly IssuedCertificate[];
}

/** What is asked of everybody at every issue: first, renewal, or finishing what a crash cut short. */
export interface Pledge {
	readonly principal: Principal | null;
	readonly key: PledgedKey;
	readonly policy: Policy | null;
	readonly now: Instant;
}

/** A first enrolment under a one-time token. */
export interface Enrolment extends Pledge {
	readonly request: CertificationRequest;
	readonly token: Token | null;
}

/** A renewal under the certificate that the caller proved to hold. */
export interface Renewal extends Pledge {
	readonly request: CertificationRequest;
	readonly certificate: IssuedCertificate | null;
}

/** EST simpleenroll (RFC 7030 §4.2.1). Pure. */
export const judgeEnrolment = (enrolment: Enrolment): Judgement => {
	const { token, principal, request, now } = enrolment;
	// expected-device: no stranger, and whoever guesses learns nothing but that.
	if (token === null) return refuse('token-unknown', 'expected-device', 'This one-time token is not known here.');
	const key = keyThumbprint(request.publicKey);
	// A token admits one device with one key: a copied commissioning string is worthless once it was used.
	if (token.spentFor !== null && Buffer.compare(token.spentFor, key) !== 0) {
		return refuse('token-spent', 'expected-device', 'This one-time token was spent for another key: ask for a new commissioning string.');
	}
	if (now >= token.expires) {
		return refuse('token-expired', 'expected-device', 'This one-time token has expired: ask for a new commissioning string.');
	}
	// An older string for a principal that has since joined must not add a second key to it.
	if (token.spentFor === null && principal?.state === 'active') {
		return refuse('token-spent', 'expected-device', `${principal.id} has already joined with another token: retire it before it joins anew.`);
	}
	return judgeRequest(enrolment);
};

/** EST simplereenroll (RFC 7030 §4.2.2): state and revocation are judged anew on every request. Pure. */
export const judgeRenewal = (renewal: Renewal): Judgement => {
	const { certificate, principal, now } = renewal;
	if (certificate === null) {
		return refuse('certificate-unknown', 'device-authentication', 'This certificate was not issued here.');
	}
	const unusable = judgeCertificate(certificate, now);
	if (unusable !== null) return { admit: false, refusals: [unusable] };
	if (principal?.state !== 'active') {
		return refuse('device-not-expected', 'expected-device', `${certificate.principal.id} is not active: it must be expected anew.`);
	}
	return judgeRequest(renewal);
};

/** What an intent that a crash left open must still satisfy before it is signed: the same as at any issue. Pure. */
export const judgeIntent = (
	intent: Pledge & { readonly token: Token | null; readonly certificate: IssuedCertificate | null },
): Judgement => {
	const { token, certificate, principal, key, now } = intent;
	const spent = token?.spentFor !== null && token !== null && Buffer.compare(token.spentFor, keyThumbprint(key.publicKey)) === 0;
	if (!spent && certificate === null) {
		return refuse('device-not-expected', 'expected-device', 'Neither a token nor a certificate stands behind this intent.');
	}
	const unusable = certificate === null ? null : judgeCertificate(certificate, now);
	if (unusable !== null) return { admit: false, refusals: [unusable] };
	if (certificate !== null && principal?.state !== 'active') {
		return refuse('device-not-expected', 'expected-device', 'The holder is no longer active.');
	}
	return judgePledge(intent);
};

const judgeRequest = (pledge: Pledge & { readonly request: CertificationRequest }): Judgement => {
	const asked = pledge.principal === null ? [] : judgeRequested(pledge.request, pledge.principal);
	return merge(judgePledge(pledge), asked);
};

const judgePledge = ({ principal, key, policy }: Pledge): Judgement => {
	// expected-device: a retired device with a certificate or an old token stays out.
	if (principal === null || principal.state === 'retired') {
		return refuse('device-not-expected', 'expected-device', 'Nobody of this name is expected.');
	}
	if (policy === null) {
		return refuse('policy-unknown-application', 'expected-device', `There is no policy for ${principal.application}.`);
	}
	const deviceClass = principal.class === null ? null : (policy.devices.get(principal.class) ?? null);
	if (principal.class !== null && deviceClass === null) {
		return refuse('policy-unknown-reference', 'expected-device', `The policy no longer has the class ${principal.class}.`);
	}
	const shortfalls = [
		...judgeKeyStrength(key.publicKey, policy),
		...(principal.kind === 'device' ? judgeDevice(key.custody, policy, deviceClass) : []),
	];
	// `report` lets a shortfall in and shows it; whose key it is, and what kind of key, is never negotiable.
	const refusals = [
		...judgeKeyKind(key.publicKey),
		...judgeHolders(principal, key),
		...(policy.mode === 'enforce' ? shortfalls.filter(({ enforced }) => enforced).map(({ refusal }) => refusal) : []),
	];
	return merge({ admit: true, findings: shortfalls.map(({ refusal }) => refusal) }, refusals);
};

/** unique-key (IEC 62443-4-2 CR 1.5): a key that is or was another's is a cloned or default key, or a stolen one. */
const judgeHolders = (principal: PrincipalName, key: PledgedKey): Refusal[] => {
	const others = key.holders.filter((holder) => !isSame(holder, principal));
	if (others.length > 0) {
		// Refuses the newcomer and says nothing of the incumbent: the claim must be no way to accuse or find another.
		return [
			{
				code: 'key-seen-before',
				requirement: 'unique-key',
				reason: 'This key was seen before with another identity: make a new key on this device, and ask why it has an old one.',
			},
		];
	}
	if (key.certificates.some(({ revoked }) => revoked !== null)) {
		// A key that was revoked may be in other hands; a new token must not bring it back.
		return [
			{
				code: 'certificate-revoked',
				requirement: 'unique-key',
				reason: 'A certificate for this key was revoked: make a new key.',
			},
		];
	}
	return [];
};

const judgeDevice = (custody: Custody, policy: Policy, deviceClass: DeviceClass | null): Shortfall[] => {
	const asked = policy.parameters['key-custody'];
	const shortfalls = [
		// key-custody (CR 1.9 RE(1)): a key in a file leaves with whoever reads the flash. No evidence of hardware is taken yet.
		...shortfallOf(policy, 'key-custody', 'any', 'custody-too-weak', `The policy asks for ${String(asked)}; there is no evidence that this key is in hardware.`),
		// expected-device (CR 1.4): above a token the policy wants the part itself recognised, which a token cannot show.
		...shortfallOf(policy, 'expected-device', 'token', 'device-not-expected', `The policy asks for ${String(policy.parameters['expected-device'])}; only a token stands behind this device.`),
	];
	if (deviceClass !== null && !deviceClass.custody.includes(custody)) {
		const reason = `The class ${deviceClass.name} keeps its keys in ${deviceClass.custody.join(' or ')}; this one is in ${custody}.`;
		shortfalls.push({ enforced: true, refusal: { code: 'custody-too-weak', requirement: 'key-custody', reason } });
	}
	return shortfalls;
};

/** RFC 5280 §6.1.3 and CR 1.14: neither a revoked nor a lapsed certificate may bring forth another. */
const judgeCertificate = (certificate: IssuedCertificate, now: Instant): Refusal | null => {
	const requirement = 'device-authentication';
	if (certificate.revoked !== null) {
		return { code: 'certificate-revoked', requirement, reason: 'This certificate was revoked.' };
	}
	if (now > certificate.notAfter || now < certificate.notBefore) {
		return {
			code: 'certificate-expired',
			requirement: 'certificate-lifetime',
			reason: 'This certificate is not valid now: the device must be expected anew.',
		};
	}
	return null;
};

const isSame = (a: PrincipalName, b: PrincipalName): boolean =>
	a.kind === b.kind && a.application === b.application && a.id === b.id;

const refuse = (code: Refusal['code'], requirement: Refusal['requirement'], reason: string): Judgement => ({
	admit: false,
	refusals: [{ code, requirement, reason }],
});

const merge = (judgement: Judgement, more: readonly Refusal[]): Judgement => {
	const [first, ...rest] = judgement.admit ? more : [...judgement.refusals, ...more];
	return first === undefined ? judgement : { admit: false, refusals: [first, ...rest] };
};
