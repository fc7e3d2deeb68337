import type { Verb } from './verb.ts';

export const peopleChapter: readonly [heading: string, verbs: readonly Verb[]] = [
	'Let people sign in, and see who has:',
	[
		{
			says: { 'person invite': 'Print a link by which a person registers a passkey, once' },
			load: () => import('./verbs/person-invite.ts'),
		},
		{
			says: { 'person link': 'Let a person sign in by an issuer that the site file names (OpenID Connect)' },
			load: () => import('./verbs/person-link.ts'),
		},
		{
			says: { 'person list': 'List people, their roles and passkeys, and links not used yet' },
			load: () => import('./verbs/person-list.ts'),
		},
		{
			says: { 'person role': 'Give a person another role' },
			load: () => import('./verbs/person-role.ts'),
		},
		{
			says: { 'person remove': 'Remove a person and end their sessions' },
			load: () => import('./verbs/person-remove.ts'),
		},
		{
			says: { 'session list': "List people's open sessions" },
			load: () => import('./verbs/session-list.ts'),
		},
		{
			says: { 'session end': "End a person's session; its page goes dark at once" },
			load: () => import('./verbs/session-end.ts'),
		},
		{
			says: { 'approval list': 'List what waits for a second person, and overrides that stand' },
			load: () => import('./verbs/approval-list.ts'),
		},
		{
			says: { 'approval approve': "Approve a signed-in person's call", 'approval deny': "Deny another person's call" },
			load: () => import('./verbs/approval-decide.ts'),
		},
		{
			says: { 'approval override': 'Do without a second person for a while, on record' },
			load: () => import('./verbs/approval-override.ts'),
		},
	],
];
