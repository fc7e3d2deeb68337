import { attack } from './harness/attack.ts';

const STEERING = '\u001b[2J\u001b[Hall is well\u0007';

export default attack({
	title: 'a device writes an escape sequence as its value, and the terminal of the person who reads it obeys',
	requirements: ['input-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/export/visible-text.ts',
				find: 'text.replace(STEERING, written);',
				replace: 'text;',
			},
		],
		because: 'how a value is shown is no parameter',
	},
	refusal: /\\u001b\[2J/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const reading = { n: 'probe-1/state', u: '/', t: Date.now() / 1000, vs: STEERING };
		const { reason } = await session.publish('probe-1', [], { payload: JSON.stringify([reading]), stream: 'state' });
		if (reason !== 0) throw new Error(`the reading was answered 0x${reason.toString(16)}`);
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'state');
		const { stdout } = await cli(['read', 'hall/probe-1/state', '--as', reader.identity.folder]);
		const obeys = stdout.includes(STEERING);
		return { succeeded: obeys, saw: `keyward read prints ${JSON.stringify(stdout)}`, refusal: obeys ? null : stdout };
	},
});
