import { attack } from './harness/attack.ts';
import { commandAgent, commandOf } from './harness/commanded.ts';

export default attack({
	title: 'a service hands a device the command that was meant for another',
	requirements: ['signed-commands'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/command/judge-command.ts',
				find: 'content.application !== application || content.device !== device',
				replace: 'content.application !== application',
			},
		],
		because: 'a device that takes commands judges each of them, whatever level its application is at',
	},
	refusal: 'command-other-device',
	run: async (tools) => commandAgent(tools, [await commandOf({ device: 'probe-2' })]),
});
