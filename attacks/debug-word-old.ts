import { attack } from './harness/attack.ts';
import { makeDevice, siteOfMill } from './harness/made-device.ts';
import { weaknessOf } from './harness/rolled-out.ts';

// RFC 9334 §10: an endorsement that was right once must not count after its manufacturer has said otherwise.
export default attack({
	title: 'an operator imports the older manifest once more, from before the debug port was opened for a repair',
	requirements: ['debug-port-closed'],
	attacker: 'operator',
	off: {
		patch: [
			{
				file: 'packages/store/rules/newer-statement.ts',
				find: 'return statement.said > known.said;',
				replace: 'return true;',
			},
		],
		because: 'the levels ask for the evidence; what is taken out is that the later statement counts',
	},
	site: siteOfMill(3),
	refusal: /open, as its manufacturer says/,
	run: async (tools) => {
		const device = makeDevice(tools);
		await device.say({ debugPort: 'closed' }, 2);
		const { status, text } = await device.enrol();
		if (status !== 200) throw new Error(`the device was not commissioned: ${text}`);
		await device.say({ debugPort: 'open' }, 1);
		await device.say({ debugPort: 'closed' }, 2);
		const why = await weaknessOf(tools.site, 'debug-port-closed', 3);
		// Level 2 takes the word of either.
		const isOpen = why !== null && /open/.test(why);
		return {
			succeeded: !isOpen,
			saw: isOpen ? `posture: ${why}` : 'the posture believes that it is closed',
			refusal: isOpen ? why : null,
		};
	},
});
