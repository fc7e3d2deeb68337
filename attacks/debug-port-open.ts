import { attack } from './harness/attack.ts';
import { makeDevice, siteOfMill } from './harness/made-device.ts';

// EDR 2.13: a debug port that is open in the field reads memory and keys, with a cable for ten euros.
export default attack({
	title: 'a device of which the manufacturer says that its debug port is open is commissioned all the same',
	requirements: ['debug-port-closed'],
	attacker: 'operator',
	off: { requirements: ['debug-port-closed'] },
	site: siteOfMill(2),
	refusal: 'debug-port-open',
	run: async (tools) => {
		const device = makeDevice(tools);
		await device.say({ debugPort: 'open' });
		const { status, code, text } = await device.enrol();
		const saw = status === 200 ? 'it has a certificate' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
