import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a link is opened with a cipher suite that authenticates records apart from encrypting them (CBC)',
	requirements: ['link-integrity'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/tls/profile.ts',
				find: "'ECDHE-ECDSA-CHACHA20-POLY1305']",
				replace: "'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-SHA256']",
			},
		],
		because: 'every level asks it, level 0 too; it is the list of suites that a listener takes',
	},
	site: {
		policies: [hallPolicy.replace('confidentiality: 2', 'confidentiality: 1')],
		options: { floor: 'tls1.2-aead' },
	},
	refusal: /handshake failure/,
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const tls = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' } as const;
		try {
			const { wire, connack } = await site.session(device, { tls });
			const saw = `CONNACK 0x${connack.reason.toString(16)} over ${wire.socket.getCipher().name}`;
			return { succeeded: connack.reason === 0, saw, refusal: connack.code };
		} catch (error) {
			const said = error instanceof Error ? error.message.trim() : String(error);
			return { succeeded: false, saw: said, refusal: said };
		}
	},
});
