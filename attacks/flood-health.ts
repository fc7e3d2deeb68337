import { attack } from './harness/attack.ts';
import { noBudgets } from './harness/no-budgets.ts';
import { mostAnsweredBefore, sendPipelined } from './harness/pipeline.ts';

const requests = 5000;
/** More than a connection may have under way. */
const many = 100;

export default attack({
	title: 'a stranger sends five thousand GET /healthz on one connection, and a device waits behind them',
	requirements: ['overload-held'],
	attacker: 'network',
	off: { patch: noBudgets, because: 'no level switches it off' },
	refusal: 'service-busy',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const flood = await sendPipelined(site, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', requests);
		const { most, acknowledged } = await mostAnsweredBefore(device, flood, requests);
		return {
			succeeded: most >= many,
			saw: `up to ${most} of ${requests} were answered before an acknowledgement that a device waited for, ${flood.answers()} in all, beside ${acknowledged} readings`,
			refusal: flood.refusal(),
		};
	},
});
