import { deviceChapter } from './device-chapter.ts';
import { ledgerVerbs } from './ledger-verbs.ts';
import { ownerChapter } from './owner-chapter.ts';
import { peopleChapter } from './people-chapter.ts';
import { readerChapter } from './reader-chapter.ts';
import type { Verb } from './verb.ts';

/** Verbs by what a person is about to do, in that order. A file is loaded when one of its verbs is asked for. */
export const chapters: readonly (readonly [heading: string, verbs: readonly Verb[]])[] = [
	[
		'State what is required, and see what is achieved:',
		[
			{
				says: { 'policy check': 'Check a policy file and list its requirements' },
				load: () => import('./verbs/policy-check.ts'),
			},
			{
				says: { 'policy explain': 'Explain what a policy file requires, why, and what enforces it' },
				load: () => import('./verbs/policy-explain.ts'),
			},
			{
				says: { 'policy levels': 'Show the highest level that this version can achieve, and what bars the next' },
				load: () => import('./verbs/policy-levels.ts'),
			},
			{
				says: {
					'policy diff': 'Compare a policy file with the policy in force: what it changes, and what it would cut',
				},
				load: () => import('./verbs/policy-diff.ts'),
			},
			{
				says: { 'policy apply': 'Apply a policy file, and judge open sessions by it' },
				load: () => import('./verbs/policy-apply.ts'),
			},
			{
				says: { posture: 'Show the required and achieved level of each objective, and its weakest link' },
				load: () => import('./verbs/posture.ts'),
			},
			{
				says: { reach: 'Show what falls when a device, key, person, service or CA is taken, and how' },
				load: () => import('./verbs/reach.ts'),
			},
			{
				says: { plan: 'Find the cheapest remedies that reach the policy, from a price list' },
				load: () => import('./verbs/plan.ts'),
			},
		],
	],
	[
		'Run a site:',
		[
			{
				says: { init: 'Write a site file with comments, and make the data folder private' },
				load: () => import('./verbs/init.ts'),
			},
			{ says: { serve: 'Run a site; its data folder is made when missing' }, load: () => import('./verbs/serve.ts') },
			{
				says: { status: "Show a site's addresses, applications and counters" },
				load: () => import('./verbs/status.ts'),
			},
			{ says: { doctor: "Check a site's setup and suggest fixes" }, load: () => import('./verbs/doctor.ts') },
			{
				says: { 'alerts test': 'Send a test alert to the webhook of the site file' },
				load: () => import('./verbs/alerts-test.ts'),
			},
			{
				says: {
					'exercise overload':
						'Flood the site as a stranger for a moment, and see whether its devices are still served',
				},
				load: () => import('./verbs/exercise-overload.ts'),
			},
			{
				says: { refusals: 'Show who was refused what since the service started, and why' },
				load: () => import('./verbs/refusals.ts'),
			},
			{
				says: { audit: 'Show who changed what: every action of an operator in the last 400 days' },
				load: () => import('./verbs/audit.ts'),
			},
			...ledgerVerbs,
			{ says: { backup: 'Back up a site to a new folder, running or not' }, load: () => import('./verbs/backup.ts') },
			{
				says: { restore: 'Restore a verified backup into a new data folder' },
				load: () => import('./verbs/restore.ts'),
			},
			{
				says: {
					'ca list': 'List the CAs, their generations, where each key is, and who must still learn of a new one',
				},
				load: () => import('./verbs/ca-list.ts'),
			},
			{
				says: { 'ca roll': 'Make the next generation of a CA: new key, new certificate' },
				load: () => import('./verbs/ca-roll.ts'),
			},
			{
				says: { 'ca activate': 'Use the announced service CA from now on' },
				load: () => import('./verbs/ca-activate.ts'),
			},
			{
				says: { 'ca retire': 'End a generation that no longer signs, and destroy its key' },
				load: () => import('./verbs/ca-retire.ts'),
			},
		],
	],
	peopleChapter,
	deviceChapter,
	readerChapter,
	[
		'Know what is weak in the fleet, and until when it is mended:',
		[
			{
				says: { 'bom import': "Import the bill of materials of one version of a device class's software" },
				load: () => import('./verbs/bom-import.ts'),
			},
			{
				says: { 'bom list': 'List the bills of materials by device class and version' },
				load: () => import('./verbs/bom-list.ts'),
			},
			{
				says: { 'advisory import': 'Import advisories (OSV, CSAF 2.0 with VEX) from a file or folder' },
				load: () => import('./verbs/advisory-import.ts'),
			},
			{
				says: { 'advisory list': 'Show who is exposed to what, which version mends it, and until when' },
				load: () => import('./verbs/advisory-list.ts'),
			},
			{
				says: { 'advisory show': 'Show what each document says of a vulnerability, and every device that it concerns' },
				load: () => import('./verbs/advisory-show.ts'),
			},
			{
				says: { 'disclosure show': 'Show security.txt, and when its contact was last seen to answer' },
				load: () => import('./verbs/disclosure-show.ts'),
			},
			{
				says: { 'disclosure answered': 'Note that the contact of security.txt answered somebody who wrote to it' },
				load: () => import('./verbs/disclosure-answered.ts'),
			},
		],
	],
	ownerChapter,
	[
		'Bring a release to the fleet:',
		[
			{
				says: {
					'rollout start': 'Bring a signed release to its devices, ring by ring; it halts by itself when they fall ill',
				},
				load: () => import('./verbs/rollout-start.ts'),
			},
			{
				says: { 'rollout status': 'Show how far a rollout is, ring by ring, and which devices failed' },
				load: () => import('./verbs/rollout-status.ts'),
			},
			{
				says: { 'rollout pause': 'Tell no further device of a release; those that were told go on' },
				load: () => import('./verbs/rollout-pause.ts'),
			},
			{
				says: { 'rollout resume': 'Go on with a rollout that is paused or halted; devices that failed are told again' },
				load: () => import('./verbs/rollout-resume.ts'),
			},
			{
				says: { 'rollout halt': 'Stop a rollout for good, in an emergency' },
				load: () => import('./verbs/rollout-halt.ts'),
			},
			{
				says: {
					'agility start':
						'Ask every device of an application for a new key, another kind of key, or a stricter link, in waves',
				},
				load: () => import('./verbs/agility-start.ts'),
			},
			{
				says: { 'agility status': 'Show how far each device is in the exercise, and when it last changed keys' },
				load: () => import('./verbs/agility-status.ts'),
			},
			{
				says: {
					'agility pause': 'Ask nobody more in the exercise; those that were asked go on',
					'agility resume': 'Go on with an exercise that was paused, or halted by itself',
					'agility back': 'Ask each device, in waves, for the kind of key, the CA and the link that it had before',
				},
				load: () => import('./verbs/agility-turn.ts'),
			},
		],
	],
	[
		'Send commands:',
		[
			{
				says: { 'command send': 'Send a command to a device; it waits until the device acknowledges it' },
				load: () => import('./verbs/command-send.ts'),
			},
			{
				says: { 'command list': 'List the commands of an application: waiting, and finished in the last 30 days' },
				load: () => import('./verbs/command-list.ts'),
			},
			{
				says: {
					'command sign': 'Sign a command for a device with your own key, or add your signature to a dangerous one',
				},
				load: () => import('./verbs/command-sign.ts'),
			},
			{
				says: { 'command key': "Print a commander's public key for the owner; make the key first if it is missing" },
				load: () => import('./verbs/command-key.ts'),
			},
			{
				says: { 'command receipts': 'Show what devices signed of what became of their commands' },
				load: () => import('./verbs/command-receipts.ts'),
			},
		],
	],
	[
		'Revoke, and contain what was opened:',
		[
			{
				says: { 'revoke grant': 'Revoke a grant and end what depends on it' },
				load: () => import('./verbs/revoke-grant.ts'),
			},
			{
				says: {
					'revoke device': 'Revoke every certificate of a device and end its sessions',
					'revoke reader': 'Revoke every certificate of a reader and end its sessions',
				},
				load: () => import('./verbs/revoke-principal.ts'),
			},
			{
				says: {
					contain: 'Contain a device that may be in wrong hands: cut, revoke, void its commands, mark what it sent',
				},
				load: () => import('./verbs/contain.ts'),
			},
			{
				says: {
					'incident list': 'List incidents, newest first; exit code 1 while one is open',
					'incident show': 'Show an incident: what happened, what was done, who did it',
					'incident close': 'Close an incident with a reason; what was contained stays contained',
					'incident export': 'Write an incident to a file, with who did what and what the ledger says of it',
				},
				load: () => import('./verbs/incident.ts'),
			},
		],
	],
	[
		'Find shared and weak keys in any files:',
		[
			{
				says: {
					keycheck: 'Find shared and weak keys in files of any fleet: certificates, keys, key lists, firmware images',
				},
				load: () => import('./verbs/keycheck.ts'),
			},
		],
	],
	[
		'Set up your shell:',
		[
			{
				says: { completion: 'Print the completion script for a shell' },
				ofAll: true,
				load: () => import('./verbs/completion.ts'),
			},
		],
	],
];
