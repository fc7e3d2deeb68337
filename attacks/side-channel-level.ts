import { attack } from './harness/attack.ts';
import { makeDevice, siteOfMill } from './harness/made-device.ts';
import { weaknessOf } from './harness/rolled-out.ts';

// ISO/IEC 17825, ISO/IEC 18045 AVA_VAN: a certificate that tried no side channel does not speak of what an oscilloscope sees.
export default attack({
	title: 'a part with a certificate at AVA_VAN.2 is sold as one that keeps its key from a power trace',
	requirements: ['side-channel-evidence'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/core/attest/side-channel.ts',
				find: 'certificates.filter(countsFor)',
				replace: 'certificates.filter(() => countsFor.length > 0)',
			},
		],
		because: 'the levels ask for the evidence; what is taken out is that the level of the certificate is looked at',
	},
	site: siteOfMill(3),
	refusal: /says nothing of leakage/,
	run: async (tools) => {
		const device = makeDevice(tools);
		const certificate = { scheme: 'common-criteria', number: 'MILL-0001', expires: '2099-12-31' };
		await device.say({ debugPort: 'closed', certificates: [{ ...certificate, level: 'EAL4 AVA_VAN.2' }] });
		const { status, text } = await device.enrol();
		if (status !== 200) throw new Error(`the device was not commissioned: ${text}`);
		const why = await weaknessOf(tools.site, 'side-channel-evidence', 3);
		const saw = why === null ? 'the posture takes the certificate' : `posture: ${why}`;
		return { succeeded: why === null, saw, refusal: why };
	},
});
