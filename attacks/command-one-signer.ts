import { attack } from './harness/attack.ts';
import { commandAgent, commandOf } from './harness/commanded.ts';

export default attack({
	title: 'a thief of one commander’s key has a dangerous command obeyed',
	requirements: ['signed-commands'],
	attacker: 'operator',
	off: {
		patch: [
			{
				file: 'packages/core/command/judge-command.ts',
				find: 'signers.length < asked',
				replace: 'signers.length + 1 < asked',
			},
		],
		because: 'a device that takes commands judges each of them, whatever level its application is at',
	},
	refusal: 'command-signers',
	run: async (tools) => commandAgent(tools, [await commandOf({ name: 'open' })]),
});
