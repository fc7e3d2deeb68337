import { attack } from './harness/attack.ts';
import { agentOf } from './harness/release.ts';

// IEC 62443-4-2 CR 4.1: what an exercise raised is lowered by nothing that a site says, but to what the device itself had noted.
export default attack({
	title: 'who answers for the site has a device take a weaker link again, and recordings of it can be opened one day',
	requirements: ['link-encryption'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/agent/link/link-floor.ts',
				find: 'if (!isLower(floor, asked.floor)) return false;',
				replace: '',
			},
		],
		because: 'that a raised link stays raised is no parameter',
	},
	refusal: 'link-too-weak',
	run: async ({ site, source }) => {
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const { folder, serviceUrl, estUrl, mqttUrl } = identity;
		const { raiseLink } = await agentOf(source);
		const where = { service: serviceUrl, est: estUrl, mqtt: mqttUrl };
		if (!(await raiseLink(folder, { floor: 'tls1.3-pq', ...where }))) throw new Error('the link was not raised');
		const lowered = await raiseLink(folder, { floor: 'tls1.3', ...where });
		return {
			succeeded: lowered,
			saw: `a link of at least tls1.3 was ${lowered ? '' : 'not '}taken up after tls1.3-pq`,
			refusal: lowered ? null : 'link-too-weak',
		};
	},
});
