import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device of a policy that asks TLS 1.3 connects by TLS 1.2, on a listener kept for another application',
	requirements: ['link-encryption'],
	attacker: 'device',
	off: { requirements: ['link-encryption'] },
	site: { options: { listeners: [{ port: 0, floor: 'tls1.2-aead' }] } },
	refusal: 'link-too-weak',
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const port = Number(new URL(site.mqtt[1]?.url ?? '').port);
		const { wire, connack } = await site.session(device, { tls: { port, maxVersion: 'TLSv1.2' } });
		const saw = `CONNACK 0x${connack.reason.toString(16)} over ${wire.socket.getProtocol()} ${connack.why}`;
		return { succeeded: connack.reason === 0, saw, refusal: connack.code };
	},
});
