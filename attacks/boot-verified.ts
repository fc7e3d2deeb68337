import { attack } from './harness/attack.ts';
import { enrolAttested, showBoot } from './harness/attested-device.ts';
import { bootSite, pcrsOf } from './harness/boot-site.ts';

const boot = bootSite();

export default attack({
	title: 'a device that was made to boot other software goes on as if nothing had happened',
	requirements: ['boot-verified'],
	attacker: 'device',
	off: { requirements: ['boot-verified'] },
	refusal: 'device-quarantined',
	site: boot.site,
	run: async (tools) => {
		const { site } = tools;
		await boot.release(tools, 1);
		const { tpm, endorsement } = await boot.makeTpm();
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, tpm, endorsement);
		const good = await showBoot(site, 'hall/probe-1', tls, tpm, endorsement, pcrsOf(1));
		if (good.status !== 200) throw new Error(`the released boot was not taken: ${good.text}`);
		// The next start: a kernel that nobody released, and the TPM says so.
		await showBoot(site, 'hall/probe-1', tls, tpm, endorsement, pcrsOf(2));
		const { connack } = await site.session({ tls: { ...tls, ca: '' } }, { tls: { rejectUnauthorized: false } });
		const succeeded = connack.reason < 0x80;
		const saw = succeeded ? 'the changed device is connected' : connack.why;
		return { succeeded, saw, refusal: connack.code };
	},
});
