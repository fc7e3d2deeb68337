import type { Verb } from './verb.ts';

export const readerChapter: readonly [heading: string, verbs: readonly Verb[]] = [
	'Add readers, and let them read:',
	[
		{
			says: { 'reader expect': 'Register a reader and print its one-time commissioning token' },
			load: () => import('./verbs/reader-expect.ts'),
		},
		{
			says: { 'reader commission': 'Join a site as a reader: make its key and get its certificate' },
			load: () => import('./verbs/reader-commission.ts'),
		},
		{
			says: { 'reader list': 'List readers, their certificates and whether they are connected' },
			load: () => import('./verbs/reader-list.ts'),
		},
		{
			says: { grant: 'Let a reader read one stream, for a purpose, until it expires' },
			load: () => import('./verbs/grant.ts'),
		},
		{
			says: { grants: 'List who may read what, for which purpose and until when' },
			load: () => import('./verbs/grants.ts'),
		},
		{
			says: { console: "Open the console on this machine with a reader's key, so that sealed streams open in it" },
			load: () => import('./verbs/console.ts'),
		},
		{ says: { read: 'Read streams as a reader with a grant for them' }, load: () => import('./verbs/read.ts') },
	],
];
