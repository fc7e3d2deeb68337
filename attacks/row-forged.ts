import { attack } from './harness/attack.ts';

/** A row as `keyward read` writes it. */
const FORGED = '    0123456789-99  2026-01-01T00:00:00.000Z              99  Cel';

export default attack({
	title: 'a device writes a line break as its value, and what follows is read as a row of the service',
	requirements: ['input-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/export/visible-text.ts',
				find: 'visible(text).replace(ENDING, written);',
				replace: 'visible(text);',
			},
		],
		because: 'how a value is shown is no parameter',
	},
	refusal: /\\u000a/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const reading = { n: 'probe-1/state', u: '/', t: Date.now() / 1000, vs: `on  /\n${FORGED}` };
		const { reason } = await session.publish('probe-1', [], { payload: JSON.stringify([reading]), stream: 'state' });
		if (reason !== 0) throw new Error(`the reading was answered 0x${reason.toString(16)}`);
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'state');
		const { stdout } = await cli(['read', 'hall/probe-1/state', '--as', reader.identity.folder]);
		const obeys = stdout.split('\n').some((line) => line.startsWith(FORGED));
		return { succeeded: obeys, saw: `keyward read prints ${JSON.stringify(stdout)}`, refusal: obeys ? null : stdout };
	},
});
