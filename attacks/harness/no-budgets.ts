import type { Patch } from './source-copy.ts';

/** The source as it was before there were budgets: whatever comes is under way at once, and the committer takes it as it comes. */
export const noBudgets: readonly Patch[] = [
	{
		// All requests of a connection at once.
		file: 'packages/service/http/one-at-a-time.ts',
		find: 'const cut = new WeakSet<Socket>();',
		replace: 'const cut = new WeakSet<Socket>();\n\tif (lines !== null) return handle;',
	},
	{
		// Any number of each peer and of all.
		file: 'packages/service/http/quota.ts',
		find: 'if (count >= each || sum >= all) return null;',
		replace: '',
	},
	{
		// Any number of questions to the committer.
		file: 'packages/service/thread/channel.ts',
		find: "if (count >= most) throw new Problem('service-busy', BUSY);",
		replace: '',
	},
	{
		// No lanes: in the order of coming.
		file: 'packages/service/thread/lanes.ts',
		find: "if (lane === 'links') {\n\t\t\t\tif (runsNow()) {",
		replace: 'if (lane !== null) {\n\t\t\t\tif (links.length === 0) {',
	},
	{
		// Health is asked for every time.
		file: 'packages/service/api/monitor-routes.ts',
		find: 'if (kept === null || now >= kept.until)',
		replace: 'if (now > 0)',
	},
];
