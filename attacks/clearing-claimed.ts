import { attack } from './harness/attack.ts';
import { enrolAttested } from './harness/attested-device.ts';
import { bootSite } from './harness/boot-site.ts';
import { announceClearing, claimCleared } from './harness/clearing.ts';

const boot = bootSite();

export default attack({
	title:
		'a device that was to clear its TPM keeps its key, cuts the power of the TPM so that its clock falls back, and says that it cleared it',
	requirements: ['erased-at-retirement'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/attest/clearing.ts',
				find: '(safe === 1 && clock < before.clock) ||',
				replace: 'clock < before.clock ||',
			},
		],
		because: 'what a clock shows is no parameter',
	},
	refusal: 'tpm-not-cleared',
	site: boot.site,
	run: async ({ site }) => {
		const { tpm, endorsement } = await boot.makeTpm();
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, tpm, endorsement);
		const retiring = { site, device: 'hall/probe-1', tpm, endorsement };
		const announced = await announceClearing(retiring, tls);
		if (announced.status !== 200) throw new Error(announced.text);
		const { secret = '' } = JSON.parse(announced.text) as Record<string, string>;
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'scrapped' });
		// What a genuine TPM says after its power was cut: the last clock that it had written down, and that a greater one was given.
		tpm.clock = { ...tpm.clock, clock: tpm.clock.clock - 60_000n, resetCount: tpm.clock.resetCount + 1, safe: 0 };
		const { status, text, code } = await claimCleared(retiring, secret);
		const succeeded = status === 204;
		return { succeeded, saw: succeeded ? 'the service holds the key for gone' : text, refusal: code };
	},
});
