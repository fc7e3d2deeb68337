import { TPM_RH } from '@keyward/core/tpm2';
import { attack } from './harness/attack.ts';
import { enrolAttested } from './harness/attested-device.ts';
import { bootSite } from './harness/boot-site.ts';
import { announceClearing, claimCleared } from './harness/clearing.ts';

const boot = bootSite();

export default attack({
	title:
		"a device has its key under the platform's hierarchy of its TPM, which outlives the clearing, and clears the TPM to seem erased",
	requirements: ['erased-at-retirement'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/attest/clearing.ts',
				find: 'Buffer.compare(attested.qualifiedName, under) !== 0',
				replace: 'under.length === 0',
			},
		],
		because: 'what TPM2_Clear ends is a property of the TPM',
	},
	refusal: 'key-attributes',
	site: boot.site,
	run: async ({ site }) => {
		const { tpm, endorsement } = await boot.makeTpm(TPM_RH.PLATFORM);
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, tpm, endorsement);
		const retiring = { site, device: 'hall/probe-1', tpm, endorsement };
		const announced = await announceClearing(retiring, tls);
		if (announced.status !== 200) return { succeeded: false, saw: announced.text, refusal: announced.code };
		const { secret = '' } = JSON.parse(announced.text) as Record<string, string>;
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'scrapped' });
		tpm.clock = { clock: 1000n, resetCount: 0, restartCount: 0, safe: 1 };
		const { status, text, code } = await claimCleared(retiring, secret);
		const succeeded = status === 204;
		return {
			succeeded,
			saw: succeeded ? 'the service holds a key for gone that the TPM still has' : text,
			refusal: code,
		};
	},
});
