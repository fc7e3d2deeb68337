import { attack } from './harness/attack.ts';

export default attack({
	title: 'a thief whose stolen device was contained goes on sending, and comes back with its certificate',
	requirements: ['containment-time'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/incident/containment.ts',
				find: 'containmentSteps.find((step) => ',
				replace: "containmentSteps.find((step) => step !== 'cut' && ",
			},
		],
		because: 'the parameter says how fast; a containment cuts and revokes at every level',
	},
	refusal: 'certificate-revoked',
	run: async ({ site }) => {
		const stolen = await site.commissionDevice('hall', 'probe-1');
		const session = await site.session(stolen);
		const before = await session.publish('probe-1', [{ time: Date.now() - 1000 }]);
		if (before.reason !== 0) throw new Error(`the reading was not taken: ${before.why}`);
		await site.ask('device.contain', { application: 'hall', device: 'probe-1', since: 0, reason: 'stolen' });
		const { connack } = await site.session(stolen);
		if (connack.reason !== 0)
			return { succeeded: false, saw: `connected again: ${connack.why}`, refusal: connack.code };
		return { succeeded: true, saw: 'the contained device opened a session again', refusal: null };
	},
});
