import { attack } from './harness/attack.ts';

export default attack({
	title: 'a reader subscribes to 65,000 slashes, to be compared with every stream',
	requirements: ['overload-held'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/service/delivery/topic-filter.ts',
				find: 'if (filter.length > filterBounds.bytes ||',
				replace: 'if (filter.length < 0 &&',
			},
			{
				file: 'packages/service/delivery/topic-filter.ts',
				find: 'return levels <= filterBounds.levels;',
				replace: 'return levels > 0;',
			},
		],
		because: 'no level switches it off',
	},
	refusal: 'subscription-refused',
	run: async ({ site }) => {
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		const session = await site.session(reader);
		const { reason, code, why } = await session.subscribe('/'.repeat(65_000));
		return { succeeded: code === null, saw: `SUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
