import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device writes a value twice in one record, so that the site takes another than a reader before it checked',
	requirements: ['input-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/observe/senml-json.ts',
				find: 'if (membersWritten(text) !== membersKept(pack)) throw',
				replace: 'if (membersWritten(text) < membersKept(pack)) throw',
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'senml-malformed',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const record = `{"n":"probe-1/dose-rate","u":"Sv/h","t":${Math.floor(Date.now() / 1000)},"v":1e-7,"v":9}`;
		const { reason, code, why } = await session.publish('probe-1', [], { payload: `[${record}]` });
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
