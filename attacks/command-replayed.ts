import { attack } from './harness/attack.ts';
import { commandAgent, commandOf } from './harness/commanded.ts';

export default attack({
	title: 'a service hands a command to its device again after a later one',
	requirements: ['signed-commands'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/command/judge-command.ts',
				find: 'content.sequence <= last',
				replace: 'content.sequence < 0',
			},
		],
		because: 'a device that takes commands judges each of them, whatever level its application is at',
	},
	refusal: 'command-replayed',
	run: async (tools) => {
		const [first, second] = [await commandOf({ sequence: 1 }), await commandOf({ sequence: 2 })];
		return commandAgent(tools, [first, second, first]);
	},
});
