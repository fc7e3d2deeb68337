import { attack } from './harness/attack.ts';
import { noBudgets } from './harness/no-budgets.ts';
import { sendPipelined } from './harness/pipeline.ts';

const streams = 12;

export default attack({
	title: 'a granted reader opens event streams without end',
	requirements: ['overload-held'],
	attacker: 'reader',
	off: { patch: noBudgets, because: 'no level switches it off' },
	refusal: 'service-busy',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { tls } = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		await device.publish('probe-1', [{ time: Date.now() }]);
		const follow =
			'GET /v1/readings/hall/probe-1/dose-rate HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n';
		let refusal: string | null = null;
		let open = 0;
		for (; open < streams && refusal === null; open++) {
			const stream = await sendPipelined(site, follow, 1, tls);
			await stream.until(1);
			refusal = stream.refusal();
		}
		return {
			succeeded: refusal === null,
			saw: `${refusal === null ? open : open - 1} of ${streams} event streams of one certificate were opened`,
			refusal,
		};
	},
});
