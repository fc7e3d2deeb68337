import { attack } from './harness/attack.ts';

/** More than one network address may have. */
const connections = 80;

export default attack({
	title: 'a stranger opens connections that only wait, until nobody else gets one',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/http/bound-connections.ts',
				find: 'if (sockets.size > strangers.each) end(sockets);',
				replace: 'if (sockets.size > Infinity) end(sockets);',
			},
		],
		because: 'no level switches it off',
	},
	refusal: 'the oldest were ended',
	run: async ({ site }) => {
		let ended = 0;
		for (let opened = 0; opened < connections; opened++) {
			const socket = await site.tls(site.httpsPort, { rejectUnauthorized: false });
			socket.once('close', () => ended++);
			socket.resume();
		}
		// What was ended before this answer is known before it.
		const { status } = await site.https({ path: '/healthz/live' });
		return {
			succeeded: ended === 0,
			saw: `${ended} of ${connections} waiting connections were ended; another one's request: ${status}`,
			refusal: ended > 0 ? 'the oldest were ended' : null,
		};
	},
});
