import type { FloorEvidence } from '@keyward/core/attest';
import { attack } from './harness/attack.ts';
import { enrolAttested, showFloor } from './harness/attested-device.ts';
import { bootSite, challengeUncompared } from './harness/boot-site.ts';

const boot = bootSite();

// RFC 9334 §10.2: what a TPM said before its floor was undone answers no challenge of today.
export default attack({
	title: 'a device shows again what its TPM said of its security floor before that was undone',
	requirements: ['rollback-refused'],
	attacker: 'device',
	off: {
		patch: [challengeUncompared],
		because: 'that evidence is of now is no parameter',
	},
	refusal: 'evidence-stale',
	site: boot.site,
	run: async ({ site }) => {
		const own = await boot.makeTpm();
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, own.tpm, own.endorsement);
		let recorded: FloorEvidence | undefined;
		const good = await showFloor(site, 'hall/probe-1', tls, own, (data) => (recorded = own.tpm.floor(data, 13n, 10n)));
		if (good.status !== 204 || recorded === undefined) throw new Error(`its floor was not taken: ${good.text}`);
		const before = recorded;
		const { status, text, code } = await showFloor(site, 'hall/probe-1', tls, own, () => before);
		const succeeded = status === 204;
		return { succeeded, saw: succeeded ? 'the service believes it again' : `${status} ${text}`, refusal: code };
	},
});
