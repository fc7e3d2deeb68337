import { attack } from './harness/attack.ts';
import { assignedTo, releaseSecond, rolloutWhen, termsOf } from './harness/rolled-out.ts';

export default attack({
	title: 'a release that makes devices ill goes on to the whole fleet while the first of them fail',
	requirements: ['staged-rollout'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/core/update/advance-rollout.ts',
				find: 'if (ill.length > rollout.terms.mostFailing * members.length)',
				replace: 'if (ill.length > members.length)',
			},
		],
		because: 'the parameter asks for stages; that a rollout halts when more fail than may holds always',
	},
	refusal: /^1 of the 2 of ring 1 failed: probe-2/,
	run: async ({ site }) => {
		const well = await site.commissionDevice('hall', 'probe-1');
		const ill = await site.commissionDevice('hall', 'probe-2');
		const next = await site.commissionDevice('hall', 'probe-3');
		await releaseSecond(site);
		const { id } = await site.ask('rollout.start', {
			...{ application: 'hall', version: '2.0.0' },
			terms: termsOf({ rings: [{ kind: 'devices', devices: ['probe-1', 'probe-2'] }] }),
		});
		for (const device of [well, ill]) await assignedTo(site, device);
		await assignedTo(site, ill, { state: 'fallen-back', lastError: 'it did not connect' });
		await assignedTo(site, well, { running: '2.0.0' });
		await rolloutWhen(site, id, ({ devices }) => devices.some(({ stage }) => stage === 'installed'));
		await assignedTo(site, well, { running: '2.0.0' });
		const { rollout } = await rolloutWhen(site, id, (one) => one.rollout.state === 'halted' || one.rollout.ring > 0);
		const told = await assignedTo(site, next);
		const saw = `the rollout is ${rollout.state}, and the next device is ${told === null ? 'not told' : 'told'} of the release`;
		return { succeeded: told !== null, saw, refusal: rollout.reason };
	},
});
