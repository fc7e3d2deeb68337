import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title: 'a person registers a passkey that a program holds in a file where hardware is asked',
	requirements: ['person-authentication'],
	attacker: 'network',
	site: { policies: [`${hallPolicy}tighten: { person-authentication: passkey-hardware }\n`] },
	off: { requirements: ['person-authentication'] },
	refusal: 'passkey-too-weak',
	run: async ({ site }) => {
		const { joined } = await joinSite(site, 'anna', 'owner');
		const { status, text, code } = joined;
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 200)}`, refusal: code };
	},
});
