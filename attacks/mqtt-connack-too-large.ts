import { connectPacket } from '@keyward/testing/service/wire';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a peer takes no packet as large as CONNACK, so that a session goes on of which it was never told',
	requirements: ['input-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/connection/connection.ts',
				find: "else if (packet.cmd === 'connack') close(connection);\n\telse if (packet.cmd !== 'disconnect') {",
				replace: "else if (packet.cmd !== 'connack' && packet.cmd !== 'disconnect') {",
			},
		],
		because: 'the protocol asks it at every level (MQTT-3.2.0-1)',
	},
	refusal: /^the connection ended before CONNACK$/,
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const wire = await site.wire(device);
		// PINGRESP has two bytes, CONNACK more.
		wire.send(connectPacket(5, { properties: { maximumPacketSize: 2 } }), { cmd: 'pingreq' });
		const ended = wire.ended().then(() => null);
		const answered = wire.next('pingresp').catch(() => null);
		const answer = (await Promise.race([answered, ended])) ?? (await answered);
		const succeeded = answer !== null;
		return {
			succeeded,
			saw: succeeded ? 'PINGRESP came, and no CONNACK before it' : 'the connection ended, and nothing came before',
			refusal: succeeded ? null : 'the connection ended before CONNACK',
		};
	},
});
