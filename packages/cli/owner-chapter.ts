import type { Verb } from './verb.ts';

/** The verbs of an application's owner and those who sign for it. */
export const ownerChapter: readonly [heading: string, verbs: readonly Verb[]] = [
	'Own an application: sign who may read:',
	[
		{
			says: { 'owner init': "Make an owner: its root, this machine's key, and who else signs" },
			load: () => import('./verbs/owner-init.ts'),
		},
		{
			says: { 'owner key': "Print this signer's public key, made first where there is none" },
			load: () => import('./verbs/owner-key.ts'),
		},
		{
			says: {
				'owner show': "Show the owner's root and rosters in force, verified by this signer's folder where one is named",
			},
			load: () => import('./verbs/owner-show.ts'),
		},
		{
			says: { 'owner rotate': "Change the owner's keys or threshold, or sign the root for longer" },
			load: () => import('./verbs/owner-rotate.ts'),
		},
		{
			says: {
				'roster prepare': "Prepare an application's next roster: its devices and terms of today, its readers as before",
				'roster show': 'Show in words what a change does, and who is still to sign it',
				'roster sign': 'Show what a change does, and sign it with the key of this machine; no site is asked',
				'roster publish': 'Put a signed change in force',
			},
			load: () => import('./verbs/roster.ts'),
		},
		{
			says: {
				'release init': 'Make a release of an image in a folder, to be signed',
				'release vendor': 'Let a vendor sign parts of a device class by its own keys, to be signed by the owner',
				'release part': "Make a vendor's part of a release in a folder, to be signed by the vendor",
				'release sign': 'Show in words what a release is, and sign it with the key of this machine; no site is asked',
				'release publish': 'Put a signed release in force: every file is verified before it is served',
				'release list': 'List the releases in force, or save what a machine without a site needs to make the next',
			},
			load: () => import('./verbs/release.ts'),
		},
		{
			says: {
				'device roster': "Fetch the owner's roster as this device or reader verifies it, and show what it acts on",
			},
			load: () => import('./verbs/device-roster.ts'),
		},
	],
];
