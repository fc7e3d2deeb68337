import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title:
		"who stole a program's key lets a device back in, with an operation that the policy does not name for the program",
	requirements: ['deny-by-default'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/program.ts',
				find: 'policy.programs?.get(id)?.includes(name) === true &&',
				replace: 'policy.programs?.has(id) === true && name !== "" &&',
			},
		],
		because: 'every level asks it, level 0 too',
	},
	site: { policies: [`${hallPolicy}programs: { soc: [device.quarantine] }\n`] },
	refusal: 'not-granted',
	run: async ({ site }) => {
		await site.commissionDevice('hall', 'probe-1');
		const stolen = await site.commissionReader('hall', 'soc');
		const call = (name: string) =>
			site.https({
				...{ method: 'POST', path: `/v1/operations/${name}`, as: stolen },
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ application: 'hall', device: 'probe-1' }),
			});
		const named = await call('device.quarantine');
		if (named.status !== 200) throw new Error(`what the policy names is refused: ${named.text}`);
		const { status, text, code } = await call('device.release');
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 200)}`, refusal: code };
	},
});
