import { attack } from './harness/attack.ts';
import { enrolAttested, showBoot } from './harness/attested-device.ts';
import { bootSite, partUncompared, pcrsOf } from './harness/boot-site.ts';

const boot = bootSite();

export default attack({
	title: "a device shows the boot of another machine, by that machine's genuine TPM",
	requirements: ['boot-verified'],
	attacker: 'device',
	off: {
		patch: [partUncompared],
		because: 'which TPM may speak for a device follows from its certificate, and no parameter changes that',
	},
	refusal: 'part-unexpected',
	site: boot.site,
	run: async (tools) => {
		const { site } = tools;
		await boot.release(tools, 1);
		const own = await boot.makeTpm();
		const laptop = await boot.makeTpm();
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, own.tpm, own.endorsement);
		const { status, text, code } = await showBoot(
			...([site, 'hall/probe-1', tls, laptop.tpm, laptop.endorsement, pcrsOf(1)] as const),
		);
		const succeeded = status === 200;
		return { succeeded, saw: succeeded ? `the service believes it: ${text}` : `${status} ${text}`, refusal: code };
	},
});
