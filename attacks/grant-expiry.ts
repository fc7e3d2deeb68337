import { days, Problem } from '@keyward/core';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'an operator makes a grant of ten years, so that nobody looks at it again',
	requirements: ['grant-expiry'],
	attacker: 'operator',
	off: { requirements: ['grant-expiry'] },
	refusal: 'grant-too-long',
	run: async ({ site }) => {
		try {
			await site.grant('hall', 'desk', '*', 'dose-rate', days(3650));
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return { succeeded: false, saw: error.message, refusal: error.code };
		}
		const grants = await site.ask('grant.list', { application: 'hall' });
		const longest = Math.max(0, ...grants.map(({ from, expires }) => expires - from));
		const saw = `a grant of ${Math.round(longest / days(1))} d stands`;
		return { succeeded: longest > days(3649), saw, refusal: null };
	},
});
