import { hash } from 'node:crypto';
import { makeEventLog } from '@keyward/testing/custody/boot-log';
import { attack } from './harness/attack.ts';
import { enrolAttested, showBoot } from './harness/attested-device.ts';
import { bootSite } from './harness/boot-site.ts';

const boot = bootSite();

const DEBUGGED = 'UEFI Debug Mode';
const booted = [
	{ pcr: 0, what: 'firmware 7' },
	{ pcr: 4, what: 'loader 2' },
	{ pcr: 7, what: DEBUGGED },
	{ pcr: 7, what: '\0\0\0\0' },
];

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
	new Uint8Array(hash('sha256', Buffer.concat(parts), 'buffer'));

/** What the PCRs hold after these measurements (TPM2_PCR_Extend). */
const pcrsAfter = (measured: typeof booted): ReadonlyMap<number, Uint8Array> => {
	const pcrs = new Map<number, Uint8Array>();
	for (const { pcr, what } of measured)
		pcrs.set(pcr, sha256(pcrs.get(pcr) ?? new Uint8Array(32), sha256(Buffer.from(what))));
	return pcrs;
};

// TCG PC Client PFP §10: a log is a claim, until its replay gives the PCRs that the TPM signed.
export default attack({
	title: 'a device whose firmware measured a debugger shows a boot log without that',
	requirements: ['boot-verified', 'debug-port-closed'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/attest/quote.ts',
				find: 'quoted !== undefined && Buffer.compare(quoted, value) !== 0',
				replace: 'quoted !== undefined && quoted.length !== value.length',
			},
		],
		because: 'that a log leads to what the TPM holds is no parameter',
	},
	refusal: 'boot-log-mismatch',
	site: boot.site,
	run: async ({ site }) => {
		const pcrs = pcrsAfter(booted);
		const reference = [...pcrs]
			.filter(([pcr]) => pcr !== 7)
			.map(([pcr, value]) => [pcr, [Buffer.from(value).toString('hex')]] as const);
		const text = JSON.stringify({
			...{ type: 'keyward-boot-reference', version: 1, bank: 'sha256', pcrs: Object.fromEntries(reference) },
		});
		await site.ask('boot-reference.add', { application: 'hall', class: 'probe', version: '2.1.0', text });
		const { tpm, endorsement } = await boot.makeTpm();
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const tls = await enrolAttested(site, commissioning, tpm, endorsement);
		const eventLog = makeEventLog(booted.filter(({ what }) => what !== DEBUGGED));
		const {
			status,
			text: said,
			code,
		} = await showBoot(site, 'hall/probe-1', tls, tpm, endorsement, pcrs, { eventLog });
		const succeeded = status === 200;
		return { succeeded, saw: succeeded ? `the service believes it: ${said}` : `${status} ${said}`, refusal: code };
	},
});
