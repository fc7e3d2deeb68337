import type { RequirementId } from '../../requirement/requirement.ts';
import { cra, en, iec } from './entry.ts';

/** A clause that no row was made from: what answers it, or why nothing does. */
export interface Weighed {
	readonly clause: string;
	/** What it is about, in our words. */
	readonly about: string;
	readonly answeredBy: readonly RequirementId[];
	readonly reason: string;
}

export const weighed: readonly Weighed[] = Object.freeze([
	{
		clause: iec('CR 1.10'),
		about: 'what a login shows while it is going on',
		answeredBy: ['person-authentication'],
		reason: 'Part of how a person logs in: nothing typed is shown, and a failure says only that it failed.',
	},
	{
		clause: iec('CR 1.12'),
		about: 'a notice shown before login',
		answeredBy: [],
		reason: 'A notice is the law and the custom of a site; it changes nothing that evidence could show.',
	},
	{
		clause: iec('CR 3.3'),
		about: 'a check that security functions work',
		answeredBy: [],
		reason: 'Answered by the fourth face of every requirement, its attack, and not by a row.',
	},
	{
		clause: iec('CR 3.4'),
		about: 'integrity and authenticity of software, configuration and information at rest',
		answeredBy: ['boot-verified', 'firmware-signed', 'ledger'],
		reason: 'Software by the first two, the record by the third; the policy itself is part of the record.',
	},
	{
		clause: iec('CR 3.6'),
		about: 'outputs going to a set state when normal work cannot go on',
		answeredBy: [],
		reason: 'A sensor drives no process. A device that does would need a row, and none is in scope.',
	},
	{
		clause: iec('CR 5.1'),
		about: 'support for a segmented network',
		answeredBy: [],
		reason: 'Zones are drawn by the site; all that Keyward asks of the network is two ports, and it trusts no segment.',
	},
	{
		clause: iec('CR 6.1'),
		about: 'access to the audit record for those allowed',
		answeredBy: ['ledger'],
		reason: 'All who may ask can read and verify the ledger; nobody can write to it from outside.',
	},
	{
		clause: iec('CR 7.6'),
		about: 'network and security settings that can be read out and compared',
		answeredBy: ['least-function'],
		reason:
			'The settings are the policy, and `keyward policy check --json` is the machine-readable report; open ports are the row named.',
	},
	{
		clause: iec('EDR 3.2'),
		about: 'protection of an embedded device from malicious code',
		answeredBy: ['firmware-signed', 'boot-verified', 'debug-port-closed'],
		reason: 'Only signed code is installed, only verified code starts, and the port that would bypass both is closed.',
	},
	{
		clause: en('5.3-16'),
		about: 'a model designation that can be recognised',
		answeredBy: [],
		reason: 'A label on the product, which is its manufacturer’s to put there.',
	},
	{
		clause: en('5.4-3'),
		about: 'no critical secret written into source code',
		answeredBy: ['unique-key'],
		reason:
			'What is built into software is shared by every device that runs it: such a key is seen to serve two, or is already published.',
	},
	{
		clause: en('5.5-5'),
		about: 'configuration over the network only after authentication',
		answeredBy: ['deny-by-default', 'person-authentication', 'signed-commands'],
		reason: 'At the service by the first two, at the device by the third.',
	},
	{
		clause: en('5.8'),
		about: 'personal data confidential in transit, and sensing made known',
		answeredBy: ['link-encryption', 'sealed-readings', 'data-minimised'],
		reason:
			'Confidentiality by the first two; every sensing is a declared stream by the third. Telling the user stays with the manufacturer.',
	},
	{
		clause: cra('Annex I Part I (2)(a)'),
		about: 'no known exploitable vulnerability when put on the market',
		answeredBy: ['bill-of-materials', 'patch-deadline'],
		reason:
			'What is in a release is known, and a flaw in it starts a clock. The decision to put it on the market is the manufacturer’s.',
	},
	{
		clause: cra('Annex I Part I (2)(l)'),
		about: 'recording and watching of activity that matters to security',
		answeredBy: ['ledger', 'record-kept', 'gap-noticed'],
		reason:
			'Recorded by the first, kept by the second, watched by the third. The opt-out it asks for is a policy that does not name a stream.',
	},
] satisfies Weighed[]);
