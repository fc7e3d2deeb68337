import { attack } from './harness/attack.ts';
import { noBudgets } from './harness/no-budgets.ts';
import { sendPipelined } from './harness/pipeline.ts';

const requests = 2000;
const many = 500;

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
		await flood.until(1);
		const { reason } = await device.publish('probe-1', [{ time: Date.now() }]);
		const before = flood.answers();
		await flood.until(many);
		return {
			succeeded: before >= many,
			saw: `${before} of ${requests} were answered before the device's acknowledgement (0x${reason.toString(16)}), ${flood.answers()} later`,
			refusal: flood.refusal(),
		};
	},
});
