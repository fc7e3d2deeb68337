import { attack } from './harness/attack.ts';
import { noBudgets } from './harness/no-budgets.ts';
import { mostAnsweredBefore, sendPipelined } from './harness/pipeline.ts';

const requests = 2000;
/** More than a connection may have under way. */
const many = 100;

export default attack({
	title: 'a granted reader sends two thousand reads on one connection, and a device waits behind them',
	requirements: ['overload-held'],
	attacker: 'reader',
	off: { patch: noBudgets, because: 'no level switches it off' },
	refusal: 'service-busy',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { tls } = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		const begin = Date.now() - 1000;
		await device.publish(
			'probe-1',
			Array.from({ length: 500 }, (_, index) => ({ time: begin + index })),
		);
		const read = 'GET /v1/readings/hall/probe-1/dose-rate HTTP/1.1\r\nHost: localhost\r\n\r\n';
		const flood = await sendPipelined(site, read, requests, tls);
		const { most, acknowledged } = await mostAnsweredBefore(device, flood, requests);
		return {
			succeeded: most >= many,
			saw: `up to ${most} of ${requests} were answered before an acknowledgement that a device waited for, ${flood.answers()} in all, beside ${acknowledged} readings`,
			refusal: flood.refusal(),
		};
	},
});
