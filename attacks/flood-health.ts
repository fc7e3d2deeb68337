import { attack } from './harness/attack.ts';
import { noBudgets } from './harness/no-budgets.ts';
import { sendPipelined } from './harness/pipeline.ts';

const requests = 10_000;
/** More than a connection may have under way. */
const many = 1000;

export default attack({
	title: 'a stranger sends ten thousand GET /healthz on one connection, and a device waits behind them',
	requirements: ['overload-held'],
	attacker: 'network',
	off: { patch: noBudgets, because: 'no level switches it off' },
	refusal: 'service-busy',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const flood = await sendPipelined(site, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', requests);
		await flood.until(1);
		const { reason } = await device.publish('probe-1', [{ time: Date.now() }]);
		const before = flood.answers();
		// Refused, or served beyond what a connection may have.
		await flood.until(many);
		return {
			succeeded: before >= many,
			saw: `${before} of ${requests} were answered before the device's acknowledgement (0x${reason.toString(16)}), ${flood.answers()} later`,
			refusal: flood.refusal(),
		};
	},
});
