import { setTimeout as sleep } from 'node:timers/promises';
import { attack } from './harness/attack.ts';
import { answerOf } from './harness/session.ts';

export default attack({
	title: 'a reader whose grant was taken back keeps its subscription open and goes on receiving',
	requirements: ['live-revocation'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/service/delivery/deliveries.ts',
				find: "const rejudge: Deliveries['rejudge'] = (of) => {",
				replace:
					"const rejudge: Deliveries['rejudge'] = (of) => {\n\t\tif (held.size >= 0) return { cut: 0, narrowed: 0 };",
			},
		],
		because: 'the parameter says how fast; a subscription is judged again at every loss of a grant, at every level',
	},
	refusal: 'not-granted',
	run: async ({ site, signal }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const grant = await site.grant('hall', 'desk', '*', 'dose-rate');
		const reader = await site.session(await site.commissionReader('hall', 'desk'), { connect: { clientId: 'desk' } });
		const publish = async (): Promise<void> => {
			const { reason, why } = await device.publish('probe-1', [{ time: Date.now() }]);
			if (reason !== 0) throw new Error(`the reading was not taken: ${why}`);
		};
		const { reason } = await reader.subscribe('hall/#');
		if (reason >= 0x80) throw new Error('the reader with a grant could not subscribe');
		await publish();
		const first = await reader.wire.next('publish');
		reader.wire.send({ cmd: 'puback', messageId: first.messageId ?? 0 });
		await site.ask('grant.end', { id: grant.id });
		await publish();
		// Whatever comes next: the reading, or the end.
		const { inbox, socket } = reader.wire;
		while (inbox.length === 0 && !socket.destroyed && !signal.aborted) await sleep(50);
		const [packet] = inbox;
		if (packet?.cmd === 'publish')
			return { succeeded: true, saw: 'a reading made after the grant ended was delivered', refusal: null };
		const { why, code } = packet === undefined ? { why: 'the connection ended', code: null } : answerOf(packet);
		return { succeeded: false, saw: `${packet?.cmd ?? 'nothing'}: ${why}`, refusal: code };
	},
});
