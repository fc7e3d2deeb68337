import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title: "who copied a session's cookie goes on with it after the session was ended",
	requirements: ['session-limits'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/api/person-sessions.ts',
				find: 'if (!(await people.sessions.end(number)))',
				replace: 'if (number < 1)',
			},
		],
		because: 'a session can be ended at every level',
	},
	refusal: 'not-authenticated',
	run: async ({ site }) => {
		const anna = await joinSite(site, 'anna', 'owner');
		const before = await anna.call('audit.list', { limit: 1 });
		if (before.status !== 200) throw new Error(`the session opens nothing: ${before.text}`);
		const [session] = await site.ask('session.list', {});
		await site.ask('session.end', { number: session?.number ?? 0 });
		const { status, text, code } = await anna.call('audit.list', { limit: 1 });
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 200)}`, refusal: code };
	},
});
