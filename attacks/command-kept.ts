import { minutes } from '@keyward/core';
import { attack } from './harness/attack.ts';
import { commandAgent, commandOf } from './harness/commanded.ts';

export default attack({
	title: 'a service keeps a command, and hands it to its device again once that was set up again and remembers nothing',
	requirements: ['signed-commands'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/command/judge-command.ts',
				find: 'content.issued < Math.min(begun, now) - SKEW',
				replace: 'content.issued < 0',
			},
		],
		because: 'a device that takes commands judges each of them, whatever level its application is at',
	},
	refusal: 'command-replayed',
	run: async (tools) => commandAgent(tools, [await commandOf({ issued: Date.now() - minutes(10) })]),
});
