import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title:
		"who copied a session's cookie waits until the service starts again, and goes on with a session that was ended",
	requirements: ['session-limits'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/people/sessions.ts',
				find: 'if (over.length > 0) await store.dropPersonSessions',
				replace: 'if (over.length > 999) await store.dropPersonSessions',
			},
		],
		because: 'a session is ended for good at every level',
	},
	refusal: 'not-authenticated',
	run: async ({ site }) => {
		const anna = await joinSite(site, 'anna', 'owner');
		await site.restart();
		const kept = await anna.call('audit.list', { limit: 1 });
		if (kept.status !== 200) throw new Error(`the session did not outlive a restart: ${kept.text}`);
		const [session] = await site.ask('session.list', {});
		await site.ask('session.end', { number: session?.number ?? 0 });
		await site.kill();
		await site.start();
		const { status, text, code } = await anna.call('audit.list', { limit: 1 });
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 200)}`, refusal: code };
	},
});
