import { attack } from './harness/attack.ts';
import { sendPipelined } from './harness/pipeline.ts';

/** As many as a connection may have under way. */
const AT_ONCE = 30;
/** Several times what an address may ask at once. */
const CONNECTIONS = 100;

export default attack({
	title: 'a stranger asks the API as fast as it answers, for as long as they like',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/http/peer-limits.ts',
				find: 'network: { perSecond: 50, atOnce: 1000 },',
				replace: 'network: { perSecond: 1_000_000, atOnce: 1_000_000 },',
			},
		],
		because: 'how often an address may ask holds at every level',
	},
	refusal: 'request-too-often',
	run: async ({ site }) => {
		const ask = 'GET /v1/readings/hall/probe-1/dose-rate HTTP/1.1\r\nHost: localhost\r\n\r\n';
		let answered = 0;
		for (let connection = 1; connection <= CONNECTIONS; connection++) {
			const flood = await sendPipelined(site, ask, AT_ONCE);
			await flood.until(AT_ONCE);
			answered += flood.answers();
			if (flood.refusal() !== 'request-too-often') continue;
			return { succeeded: false, saw: `refused after ${answered} answers`, refusal: flood.refusal() };
		}
		return { succeeded: true, saw: `${answered} were answered`, refusal: null };
	},
});
