import { attack } from './harness/attack.ts';
import { enrolAttested, showBoot } from './harness/attested-device.ts';
import { bootSite, challengeUncompared, pcrsOf } from './harness/boot-site.ts';
import type { Stated } from './harness/program-tpm.ts';

const boot = bootSite();

// RFC 9334 §10.2: a quote of the day before the device was changed answers no challenge of today.
export default attack({
	title: 'a device that was changed shows again what its TPM quoted when it was not',
	requirements: ['boot-verified'],
	attacker: 'device',
	off: {
		patch: [challengeUncompared],
		because: 'that evidence is of now is no parameter',
	},
	refusal: 'evidence-stale',
	site: boot.site,
	run: async (tools) => {
		const { site } = tools;
		await boot.release(tools, 1);
		const { tpm, endorsement } = await boot.makeTpm();
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, tpm, endorsement);
		const quotes: Stated[] = [];
		const show = (say: (data: Uint8Array) => Stated) =>
			showBoot(site, 'hall/probe-1', tls, tpm, endorsement, pcrsOf(1), { say });
		const good = await show((data) => {
			quotes.push(tpm.quote(data, pcrsOf(1)));
			return quotes[0] ?? tpm.quote(data, pcrsOf(1));
		});
		const [before] = quotes;
		if (good.status !== 200 || before === undefined) throw new Error(`the released boot was not taken: ${good.text}`);
		const { status, text, code } = await show(() => before);
		const succeeded = status === 200;
		return { succeeded, saw: succeeded ? `the service believes it: ${text}` : `${status} ${text}`, refusal: code };
	},
});
