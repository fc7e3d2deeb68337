import { attack } from './harness/attack.ts';
import { enrolAttested, showFloor } from './harness/attested-device.ts';
import { bootSite } from './harness/boot-site.ts';

const boot = bootSite();

// TPM 2.0 Part 1 §37.2.4: the counter begins behind every one that was, so that the service that saw it before knows it again.
export default attack({
	title:
		"who has the TPM owner's authorization removes the counter of the security floor and makes it again, with a floor of 0",
	requirements: ['rollback-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/attest/hardware-floor.ts',
				find: 'if (before === null) return null;',
				replace: 'if (before === null || before !== null) return null;',
			},
		],
		because: 'that a floor only rises is no parameter',
	},
	refusal: 'floor-undone',
	site: boot.site,
	run: async ({ site }) => {
		const own = await boot.makeTpm();
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, own.tpm, own.endorsement);
		const show = (count: bigint, origin: bigint) =>
			showFloor(site, 'hall/probe-1', tls, own, (data) => own.tpm.floor(data, count, origin));
		const good = await show(13n, 10n);
		if (good.status !== 204) throw new Error(`its floor was not taken: ${good.text}`);
		const { status, text, code } = await show(14n, 14n);
		const succeeded = status === 204;
		return { succeeded, saw: succeeded ? 'the service takes the new counter' : `${status} ${text}`, refusal: code };
	},
});
