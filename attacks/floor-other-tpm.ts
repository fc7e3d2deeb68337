import { attack } from './harness/attack.ts';
import { enrolAttested, showFloor } from './harness/attested-device.ts';
import { bootSite, partUncompared } from './harness/boot-site.ts';

const boot = bootSite();

// RFC 9334 §7.4: the TPM of the thief's laptop speaks the truth about that laptop.
export default attack({
	title: "a device whose floor was set back shows the security floor of another machine, by that machine's genuine TPM",
	requirements: ['rollback-refused'],
	attacker: 'device',
	off: {
		patch: [partUncompared],
		because: 'which TPM may speak for a device follows from its certificate, and no parameter changes that',
	},
	refusal: 'part-unexpected',
	site: boot.site,
	run: async ({ site }) => {
		const [own, laptop] = [await boot.makeTpm(), await boot.makeTpm()];
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, own.tpm, own.endorsement);
		const good = await showFloor(site, 'hall/probe-1', tls, own, (data) => own.tpm.floor(data, 13n, 10n));
		if (good.status !== 204) throw new Error(`its own floor was not taken: ${good.text}`);
		const { status, text, code } = await showFloor(site, 'hall/probe-1', tls, laptop, (data) =>
			laptop.tpm.floor(data, 19n, 10n),
		);
		const succeeded = status === 204;
		return { succeeded, saw: succeeded ? 'the service believes the laptop' : `${status} ${text}`, refusal: code };
	},
});
