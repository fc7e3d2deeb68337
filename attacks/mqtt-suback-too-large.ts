import { once } from 'node:events';
import { attack } from './harness/attack.ts';

/** Larger than CONNACK, and smaller than a SUBACK of 64 filters. */
const largest = 50;

export default attack({
	title: 'a reader takes no packet as large as SUBACK, so that readings follow which it was never granted',
	requirements: ['input-refused'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/connection/connection.ts',
				find: "else if (packet.cmd !== 'disconnect') {",
				replace: "else if (packet.cmd !== 'disconnect' && packet.cmd !== 'suback') {",
			},
		],
		because: 'the protocol asks it at every level (MQTT-3.8.4-1, MQTT-3.1.2-24)',
	},
	refusal: /^0x95$/,
	run: async ({ site }) => {
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		const { wire } = await site.session(reader, { connect: { properties: { maximumPacketSize: largest } } });
		const subscriptions = Array.from({ length: 64 }, (_, at) => ({ topic: `hall/probe-${at}/#`, qos: 0 as const }));
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions }, { cmd: 'pingreq' });
		while (wire.inbox.length === 0 && !wire.socket.destroyed)
			await Promise.race([once(wire.socket, 'data'), once(wire.socket, 'close')]);
		const [packet] = wire.inbox;
		const reason = packet?.cmd === 'disconnect' ? (packet.reasonCode ?? 0) : null;
		return {
			succeeded: packet?.cmd === 'pingresp',
			saw: `${packet?.cmd ?? 'nothing'} came, and no SUBACK before it`,
			refusal: reason === null ? null : `0x${reason.toString(16)}`,
		};
	},
});
