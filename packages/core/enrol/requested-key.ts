import type { DeviceStatement } from '../device/device-statement.ts';
import type { KeyEvidence } from '../device/key-evidence.ts';
import { isSamePrincipal, type PrincipalName } from '../device/principal-name.ts';
import { mayUseCertificate } from '../device/lifecycle.ts';
import { isPartExpected, partOfManufacturer } from '../device/part.ts';
import { judgeNewKey } from '../keycheck/judge-new-key.ts';
import type { PublishedKeys } from '../keycheck/published-keys.ts';
import type { DeviceClass, Policy } from '../policy/policy.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Principal } from '../port/principal.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { type Judgement, refuse, withRefusals } from './judgement.ts';
import { custodyProof, expectedBy } from './custody-proof.ts';
import { judgeKeyForm, judgeKeyKind, judgeKeyStrength } from './key-strength.ts';
import { type NonConformity, nonConformityOf } from './non-conformity.ts';

/** The key that asks to be certified, and what the registry knows of it. */
export interface RequestedKey {
	/** SubjectPublicKeyInfo, DER; its possession is proven. */
	readonly publicKey: Uint8Array;
	/** What stands behind the word of where it lives; `softwareKey` when nothing does. */
	readonly evidence: KeyEvidence;
	/** Why the site keeps out the part that it is known to be in; null when it does not. */
	readonly revoked: Refusal | null;
	/** What the manufacturer of its device says of it, as far as the site believes it; left out where nothing. */
	readonly statement?: DeviceStatement;
	/** Everybody who holds, held or is about to hold it. */
	readonly holders: readonly PrincipalName[];
	/** Certificates that were issued for it to this principal. */
	readonly certificates: readonly IssuedCertificate[];
}

/** What is asked of everybody at every issue: first, renewal, or finishing what a crash cut short. */
export interface KeyRequest {
	readonly principal: Principal | null;
	readonly key: RequestedKey;
	readonly policy: Policy | null;
	/** Keys whose private half is public. */
	readonly published: PublishedKeys;
	readonly now: Instant;
}

/** Whether this principal may hold a certificate for this key under this policy, whatever brought it here. Pure. */
export const judgePledge = ({ principal, key, policy, published }: KeyRequest): Judgement => {
	// expected-device: a device that was retired, transferred or quarantined stays out, with a certificate or an old token.
	if (principal === null || !(principal.state === 'expected' || mayUseCertificate(principal.state))) {
		return refuse(
			'device-not-expected',
			'expected-device',
			'No device or reader is expected under this name: register it (keyward device expect, keyward reader expect).',
		);
	}
	if (policy === null) {
		return refuse('policy-unknown-application', 'expected-device', `There is no policy for ${principal.application}.`);
	}
	const deviceClass = principal.class === null ? null : (policy.devices.get(principal.class) ?? null);
	if (principal.class !== null && deviceClass === null) {
		return refuse(
			'policy-unknown-reference',
			'expected-device',
			`The policy no longer has the class ${principal.class}.`,
		);
	}
	const nonConformities = [...nonConformitiesOf(principal, key, policy, deviceClass), ...judgeDebugPort(key, policy)];
	// `audit` lets a non-conformity in and shows it; whose key it is, what kind of key, and a part that was named or taken back, is never negotiable.
	const refusals = [
		...judgeKeyKind(key.publicKey),
		...judgeKeyForm(key.publicKey),
		...judgeHolders(principal, key),
		...(key.revoked === null ? [] : [key.revoked]),
		...judgePart(principal, key.evidence),
		...judgeKnownFlaws(key.publicKey, published),
		...(policy.mode === 'enforce'
			? nonConformities.filter(({ enforced }) => enforced).map(({ refusal }) => refusal)
			: []),
	];
	return withRefusals({ admit: true, findings: nonConformities.map(({ refusal }) => refusal) }, refusals);
};

/** Where the holder of a key falls short of the policy, in either mode: what `audit` lets in, so that an owner sees it. Pure. */
export const findNonConformities = (
	principal: Principal,
	key: Pick<RequestedKey, 'publicKey' | 'evidence'>,
	policy: Policy,
): Refusal[] =>
	nonConformitiesOf(principal, key, policy, policy.devices.get(principal.class ?? '') ?? null).map(
		({ refusal }) => refusal,
	);

const nonConformitiesOf = (
	principal: Principal,
	{ publicKey, evidence }: Pick<RequestedKey, 'publicKey' | 'evidence'>,
	policy: Policy,
	deviceClass: DeviceClass | null,
): NonConformity[] => [
	...judgeKeyStrength(publicKey, policy),
	...(principal.kind === 'device' ? judgeDevice(principal, evidence, policy, deviceClass) : []),
];

/** debug-port-closed (EDR 2.13): who can read the memory of a device in hand needs no key of it. Only its manufacturer's word is known now. */
const judgeDebugPort = ({ statement }: RequestedKey, policy: Policy): NonConformity[] =>
	statement?.debugPort === 'open'
		? nonConformityOf(
				policy,
				'debug-port-closed',
				'open',
				'debug-port-open',
				'The manufacturer says that the debug port of this device is open: close it, and ask for a later manifest that says so.',
			)
		: [];

/** expected-device (CR 1.4): anyone who named the part wants this one, at every level; a stolen string must not admit another. */
const judgePart = ({ part }: Principal, evidence: KeyEvidence): Refusal[] => {
	if (part === null || (evidence.part !== null && isPartExpected(part, evidence.part, evidence.manufacturer)))
		return [];
	const requirement = 'expected-device';
	const shown = evidence.part;
	return shown === null
		? [{ code: 'evidence-missing', requirement, reason: `This key shows no part, and ${part} is expected.` }]
		: [
				{
					code: 'part-unexpected',
					requirement,
					reason: `This is ${partOfManufacturer(shown, evidence.manufacturer)}, and ${part} is expected.`,
				},
			];
};

/** unique-key, key-strength (CR 1.5, CR 4.3): a key that anybody can download or compute proves nobody's identity. */
const judgeKnownFlaws = (publicKey: Uint8Array, published: PublishedKeys): Refusal[] => {
	const refusal = judgeNewKey(publicKey, published);
	return refusal === null ? [] : [refusal];
};

/** unique-key (IEC 62443-4-2 CR 1.5): a key that is or was another's is a cloned or default key, or a stolen one. */
const judgeHolders = (principal: PrincipalName, key: RequestedKey): Refusal[] => {
	const others = key.holders.filter((holder) => !isSamePrincipal(holder, principal));
	if (others.length > 0) {
		// Refuses the newcomer and says nothing of the incumbent: the claim must be no way to accuse or find another.
		return [
			{
				code: 'key-seen-before',
				requirement: 'unique-key',
				reason:
					'This key was seen before with another identity: make a new key on this device, and ask why it has an old one.',
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

const judgeDevice = (
	principal: Principal,
	evidence: KeyEvidence,
	policy: Policy,
	deviceClass: DeviceClass | null,
): NonConformity[] => {
	const { custody, proof, emulated } = evidence;
	const nonConformities = [
		// key-custody (CR 1.9 RE(1)): a key in a file leaves with anyone who reads the flash.
		...nonConformityOf(
			policy,
			'key-custody',
			custodyProof(evidence),
			custody === 'software' ? 'evidence-missing' : 'custody-too-weak',
			`The policy asks for ${String(policy.parameters['key-custody'])}; this key is in ${custody}${emulated ? ' (emulated)' : ''}, ${proof}.`,
		),
		// reach-bound (EN 303 645 5.4-4, CRA Annex I Part I (2)(k)): a key that can be copied outlives the theft. That no other device falls
		// is what judgeHolders sees to: one key, one principal.
		...nonConformityOf(
			policy,
			'reach-bound',
			custodyProof(evidence) === 'any' ? 'none' : 'none-and-no-key',
			custody === 'software' ? 'evidence-missing' : 'custody-too-weak',
			`The policy asks that no key leaves an opened device; this key is in ${custody}, ${proof}: use a TPM or token that its manufacturer vouches for.`,
		),
		// expected-device (CR 1.4): at the stricter levels the part itself is recognised, which a token cannot show.
		...nonConformityOf(
			policy,
			'expected-device',
			expectedBy(principal, evidence),
			'device-not-expected',
			`The policy asks for ${String(policy.parameters['expected-device'])}: expect the device with its part (--part), and let it show that part.`,
		),
	];
	if (deviceClass !== null && !deviceClass.custody.includes(custody)) {
		const reason = `The class ${deviceClass.name} keeps its keys in ${deviceClass.custody.join(' or ')}; this one is in ${custody}.`;
		nonConformities.push({ enforced: true, refusal: { code: 'custody-too-weak', requirement: 'key-custody', reason } });
	}
	return nonConformities;
};
