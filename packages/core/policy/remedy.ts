import type { RequirementId } from '../requirement/requirement.ts';
import type { Component } from './fact.ts';

/** What a site does about a requirement that is not held, in one line: a command where there is one. `{application}` and `{id}` stand for the component. */
const remedies: Readonly<Record<RequirementId, string>> = {
	'unique-key': 'keyward device rekey, on {id}: it makes a key that nobody else holds',
	'device-authentication': 'Start {id}: its next connection proves its certificate',
	'service-authentication':
		'Commission {id} again with a new commissioning string, which carries the pin of the service',
	'owner-anchor':
		'Start {id}, which says whose root it pinned; where the site had no owner when it was commissioned, commission it again',
	'key-custody': 'Make the key in hardware: keyward device commission --custody tpm2 (docs/hardware-keys.md)',
	'expected-device': 'keyward device expect {id} --application {application} --part PART, and commission it again',
	'certificate-lifetime': 'keyward device rekey, on {id}: the new certificate lasts as long as the policy allows',
	'key-strength': 'keyward device rekey, on {id}',
	'person-authentication': 'keyward person invite NAME --role owner, and sign in by the link that it prints',
	'session-limits': 'Sign in once and leave the session idle until it locks: the refusal that follows is the evidence',

	'deny-by-default': 'Wait for the first refusal: keyward device run asks for what it may not, and is refused',
	'own-streams-only': 'Wait for the first refusal: keyward device run asks for what it may not, and is refused',
	'explicit-readers': 'keyward grant {id} --application {application} --sign FOLDER: on a roster that the owner signs',
	'grant-expiry': 'keyward grant {id} --application {application} --expires SPAN, which replaces the longer grant',
	'roster-age':
		'Sign a fresh roster (keyward roster prepare --application {application} --sign FOLDER), and start {id}',
	'live-revocation':
		'keyward grants: end a grant that is not needed; the time until its reader was cut is the evidence',
	'signed-commands': 'keyward command sign {id} NAME, by signers on the roster; the receipt of {id} is the evidence',
	'dual-control': 'Let one person ask alone for what takes two (docs/people.md): the refusal is the evidence',

	'link-integrity': 'Let {id} offer TLS 1.3 with an AEAD suite',
	'replay-refused': 'Wait for the first refusal: keyward device run asks for what it may not, and is refused',
	'reading-signature':
		'Put {id} on a roster (keyward roster prepare --application {application}): its agent then signs what it sends',
	'gap-noticed': 'Say how often each stream comes (every, in the policy)',
	'firmware-signed':
		'keyward release init, sign and publish, with as many signers as the policy asks (docs/releases.md)',
	'boot-verified':
		'Run the updater on {id} (docs/updates.md); where a TPM must show it, release what it boots (docs/attestation.md)',
	ledger:
		'keyward ledger verify names what was changed: restore a backup of before; for witnessed, name witnesses in the site file, and keyward ledger witnessed says who does not vouch (docs/witness.md)',
	'record-kept': 'Set a time source and an alert webhook in the site file; keyward doctor says which is missing',
	'input-refused': 'Wait for the first refusal: keyward device run asks for what it may not, and is refused',

	'link-encryption': 'Let {id} offer TLS 1.3; keyward status names the listener of {application}',
	'at-rest-encryption': 'Set the place of the encryption key in the site file (docs/at-rest.md)',
	'sealed-readings':
		'Put {id} and its readers on a roster (keyward roster prepare --application {application}), and start it',
	'epoch-length': 'keyward roster prepare --application {application}: its terms carry the epoch of the policy',
	'secrets-wrapped': 'Start the service again; keyward doctor names what is kept in plain',
	'erased-at-retirement': 'keyward device retire, on the device, before it leaves (docs/at-rest.md)',
	'data-minimised': 'Wait for the first refusal: keyward device run asks for what it may not, and is refused',

	'update-path': 'keyward rollout start VERSION --application {application}',
	'rollback-refused': 'Run the updater on {id} (docs/updates.md)',
	'patch-deadline': 'keyward advisory list names what is open and what release mends it; roll that out',
	'bill-of-materials': 'keyward bom import CLASS VERSION FILE --application {application}',
	'staged-rollout': 'keyward rollout start VERSION --application {application}, with at least two rings',
	'key-agility': 'keyward agility start --application {application}',
	'support-period': "Write support-until of the device's class into the policy",
	'disclosure-policy': 'Write security-txt into the site file; keyward disclosure answered, once its contact answered',
	restorable: 'keyward backup --to FOLDER, and rehearse its restore (docs/backup.md)',

	'debug-port-closed':
		'Close the debug port of {id}; its agent, the manifest of its manufacturer or its boot says so (docs/device-facts.md)',
	'side-channel-evidence':
		'Import a manifest in which the manufacturer names the certificate of the part of {id} (docs/device-facts.md)',
	'tamper-noticed': 'Wire a switch of the case to {id}, and name it with --tamper (docs/device-facts.md)',
	'reach-bound': 'keyward reach {id} names what falls with it, and the choke points',
	'containment-time': 'keyward contain a device that is to be replaced; the time until it was cut is the evidence',
	'least-function': 'Declare the open ports and services of {id}, and close the others',
	'overload-held': 'keyward exercise overload',
	'essential-function':
		'Where a stream is essential: keyward device quarantine one of its devices for a moment; the reading that is let in meanwhile is the evidence',
};

/** What to do first about a requirement that is not held at this component. */
export const remedyOf = (
	requirement: RequirementId,
	{ application, id }: Pick<Component, 'application' | 'id'>,
): string => remedies[requirement].replaceAll('{application}', application).replaceAll('{id}', id);
