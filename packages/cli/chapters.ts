import type { Command } from 'commander';

/** One file of `verbs/`, by the words that call it. */
export interface Verb {
	/** As typed after `keyward`; a file may hold several verbs. */
	readonly words: readonly [string, ...string[]];
	load(): Promise<{ register(program: Command): void }>;
}

/** Verbs by what a person is about to do, in that order. A file is loaded when one of its verbs is asked for. */
export const chapters: readonly (readonly [heading: string, verbs: readonly Verb[]])[] = [
	[
		'State what is required, and see what is achieved:',
		[
			{ words: ['policy check'], load: () => import('./verbs/policy-check.ts') },
			{ words: ['policy explain'], load: () => import('./verbs/policy-explain.ts') },
			{ words: ['policy levels'], load: () => import('./verbs/policy-levels.ts') },
			{ words: ['policy apply'], load: () => import('./verbs/policy-apply.ts') },
			{ words: ['posture'], load: () => import('./verbs/posture.ts') },
		],
	],
	[
		'Run a site:',
		[
			{ words: ['init'], load: () => import('./verbs/init.ts') },
			{ words: ['serve'], load: () => import('./verbs/serve.ts') },
			{ words: ['status'], load: () => import('./verbs/status.ts') },
			{ words: ['doctor'], load: () => import('./verbs/doctor.ts') },
			{ words: ['alerts test'], load: () => import('./verbs/alerts-test.ts') },
			{ words: ['ledger verify'], load: () => import('./verbs/ledger-verify.ts') },
			{ words: ['ledger key'], load: () => import('./verbs/ledger-key.ts') },
			{ words: ['backup'], load: () => import('./verbs/backup.ts') },
			{ words: ['restore'], load: () => import('./verbs/restore.ts') },
			{ words: ['ca list'], load: () => import('./verbs/ca-list.ts') },
			{ words: ['ca roll'], load: () => import('./verbs/ca-roll.ts') },
			{ words: ['ca activate'], load: () => import('./verbs/ca-activate.ts') },
			{ words: ['ca retire'], load: () => import('./verbs/ca-retire.ts') },
		],
	],
	[
		'Add devices:',
		[
			{ words: ['manifest import'], load: () => import('./verbs/manifest-import.ts') },
			{ words: ['manifest list'], load: () => import('./verbs/manifest-list.ts') },
			{ words: ['device part'], load: () => import('./verbs/device-part.ts') },
			{ words: ['device expect'], load: () => import('./verbs/device-expect.ts') },
			{ words: ['device commission'], load: () => import('./verbs/device-commission.ts') },
			{ words: ['device sources'], load: () => import('./verbs/device-sources.ts') },
			{ words: ['device run'], load: () => import('./verbs/device-run.ts') },
			{ words: ['device rekey'], load: () => import('./verbs/device-rekey.ts') },
			{ words: ['device retire'], load: () => import('./verbs/device-retire.ts') },
			{ words: ['device list'], load: () => import('./verbs/device-list.ts') },
			{ words: ['device show'], load: () => import('./verbs/device-show.ts') },
			{
				words: ['device quarantine', 'device release', 'device transfer'],
				load: () => import('./verbs/device-lifecycle.ts'),
			},
			{ words: ['batch expect'], load: () => import('./verbs/batch-expect.ts') },
			{ words: ['batch commission'], load: () => import('./verbs/batch-commission.ts') },
		],
	],
	[
		'Add readers, and let them read:',
		[
			{ words: ['reader expect'], load: () => import('./verbs/reader-expect.ts') },
			{ words: ['reader commission'], load: () => import('./verbs/reader-commission.ts') },
			{ words: ['reader list'], load: () => import('./verbs/reader-list.ts') },
			{ words: ['grant'], load: () => import('./verbs/grant.ts') },
			{ words: ['grants'], load: () => import('./verbs/grants.ts') },
			{ words: ['read'], load: () => import('./verbs/read.ts') },
		],
	],
	[
		'Send commands:',
		[
			{ words: ['command send'], load: () => import('./verbs/command-send.ts') },
			{ words: ['command list'], load: () => import('./verbs/command-list.ts') },
		],
	],
	[
		'Revoke:',
		[
			{ words: ['revoke grant'], load: () => import('./verbs/revoke-grant.ts') },
			{ words: ['revoke device', 'revoke reader'], load: () => import('./verbs/revoke-principal.ts') },
		],
	],
	['Find shared and weak keys in any files:', [{ words: ['keycheck'], load: () => import('./verbs/keycheck.ts') }]],
];

/** Whether a verb must be loaded for these words: the one that they call, or all where they call none (help, a mistake). */
export const wantedFor = (typed: readonly string[]): ((verb: Verb) => boolean) => {
	const [first = '', second = ''] = typed;
	if (first === '--version' || first === '-V') return () => false;
	const called = [first, `${first} ${second}`];
	const isCalled = ({ words }: Verb): boolean => words.some((one) => called.includes(one));
	return chapters.some(([, verbs]) => verbs.some(isCalled)) ? isCalled : () => true;
};
