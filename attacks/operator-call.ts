import { attack } from './harness/attack.ts';

export default attack({
	title: 'a commissioned device asks the service to grant it a stream, as only the operator may',
	requirements: ['deny-by-default'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/api/may-ask.ts',
				find: 'if (refusal !== null) throw',
				replace: 'if (refusal === undefined) throw',
			},
			{
				file: 'packages/service/api/dispatch.ts',
				find: 'await permit(caller, name, input, repeats)',
				replace:
					"name === 'grant.add' ? { allowed: true as const, principal: null, until: 0, breaches: [] } : await permit(caller, name, input, repeats)",
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'not-granted',
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const grant = { application: 'hall', reader: 'desk', device: '*', stream: 'dose-rate', purpose: 'theft' };
		const { status, code, text } = await site.https({
			...{ method: 'POST', path: '/v1/operations/grant.add', as: device },
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(grant),
		});
		const grants = await site.ask('grant.list', { application: 'hall' });
		return { succeeded: grants.length > 0, saw: `${status} ${text}; ${grants.length} grants stand`, refusal: code };
	},
});
