import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device whose issuing CA was retired connects, and sends the chain that leads it to the site root',
	requirements: ['device-authentication'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/session.ts',
				find: 'if (!issuerCounts) {',
				replace: 'if (certificate === undefined) {',
			},
		],
		because: 'a CA that was retired is asked by nobody, at every level',
	},
	refusal: 'ca-retired',
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const before = await site.session(device);
		if (before.connack.reason !== 0) throw new Error(`the device could not connect before: ${before.connack.why}`);
		const hall = { what: 'issuing', application: 'hall' } as const;
		await site.ask('authority.roll', hall);
		await site.ask('authority.retire', { ...hall, generation: 1, force: true });
		// The certificate file holds leaf and issuing CA, as the agent sends them.
		const { reason, why, code } = (await site.session(device)).connack;
		return { succeeded: reason === 0, saw: `CONNACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
