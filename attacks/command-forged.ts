import { attack } from './harness/attack.ts';
import { commandAgent } from './harness/commanded.ts';
import { signCommand } from '@keyward/core/command';
import { makeEphemeralKey } from '@keyward/custody';

export default attack({
	title: 'a service signs a command with a key that no roster names',
	requirements: ['signed-commands'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/command/judge-command.ts',
				find: '!signers.includes(content.commander)',
				replace: 'signers.length > 9',
			},
			{
				file: 'packages/core/command/judge-command.ts',
				find: 'signers.length < asked',
				replace: 'signers.length + 1 < asked',
			},
		],
		because: 'a device that takes commands judges each of them, whatever level its application is at',
	},
	refusal: 'command-signature',
	run: async (tools) => {
		const issued = Date.now();
		const content = { application: 'hall', device: 'probe-1', name: 'count', commander: 'anna', sequence: issued };
		const forged = await signCommand({ ...content, issued, expires: issued + 60_000 }, makeEphemeralKey());
		return commandAgent(tools, [forged]);
	},
});
