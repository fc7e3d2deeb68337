import { attack } from './harness/attack.ts';

export default attack({
	title: 'somebody who took a device connects with its certificate and key after they were revoked',
	requirements: ['device-authentication'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/session.ts',
				find: 'if (certificate.revoked !== null || !mayUseCertificate(principal.state)) {',
				replace: 'if (certificate.serial === null) {',
			},
		],
		because:
			'the parameter says what a peer has to prove; that a revoked certificate proves nothing holds at every level',
	},
	refusal: 'certificate-revoked',
	run: async ({ site }) => {
		const stolen = await site.commissionDevice('hall', 'probe-1');
		const revocation = { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' } as const;
		await site.ask('principal.revoke', revocation);
		const { reason, code, why } = (await site.session(stolen)).connack;
		const sessions = (await site.ask('site.status', {})).applications.map((one) => one.sessions);
		const saw = `CONNACK 0x${reason.toString(16)} ${why}; the site counts ${sessions.join()} sessions`;
		return { succeeded: reason === 0 && sessions.join() === '1', saw, refusal: code };
	},
});
