import { hallPolicy } from '@keyward/testing/service/site';
import type { SiteSetup, SiteTools } from './attack.ts';
import { believing, type Certified, makeCertificate } from './chain.ts';
import { makeProgramTpm, type ProgramTpm } from './program-tpm.ts';

const EK_PURPOSE = '2.23.133.8.1';
/** keyUsage keyAgreement alone (RFC 5280 §4.2.1.3). */
const AGREES = { oid: '2.5.29.15', critical: true, value: Uint8Array.of(3, 2, 3, 0x08) };

/** What the PCRs of a device hold that started the release, or something else. */
export const pcrsOf = (octet: number): ReadonlyMap<number, Uint8Array> =>
	new Map([[4, new Uint8Array(32).fill(octet)]]);

/** Takes out that evidence answers the challenge of now: what was said before passes again. */
export const challengeUncompared = {
	file: 'packages/core/attest/tpm-attest.ts',
	find: 'Buffer.compare(attest.extraData, qualifyingData) !== 0',
	replace: 'Buffer.compare(attest.extraData, attest.extraData) !== 0',
};

/** Takes out that the TPM is the one of the device's certificate: any genuine one speaks for it. */
export const partUncompared = {
	file: 'packages/service/enrolment/own-part.ts',
	find: "key.proof === 'attested' && key.part !== null && key.part === shown.part",
	replace: "key.proof === 'attested' && shown.part !== null",
};

/** A site that asks for the TPM's word on each boot, and a manufacturer whose TPMs the attack makes. */
export const bootSite = () => {
	let root: Certified | undefined;
	return {
		site: async (): Promise<SiteSetup> => {
			root = await makeCertificate({ name: 'root', authority: 'unlimited' });
			const policy = hallPolicy.replace('integrity: 1', 'integrity: 4').replace('[software]', '[tpm2]');
			return { ...believing([root.der]), policies: [policy] };
		},
		/** A TPM of that manufacturer, and its endorsement certificate. */
		makeTpm: async (
			hierarchy?: number,
		): Promise<{ readonly tpm: ProgramTpm; readonly endorsement: readonly Uint8Array[] }> => {
			if (root === undefined) throw new Error('no manufacturer was made');
			const part = await makeCertificate({ name: 'part', by: root, purpose: EK_PURPOSE, more: [AGREES] });
			return { tpm: makeProgramTpm(part.privateKey, hierarchy), endorsement: [part.der] };
		},
		/** Names the release whose PCR 4 is all of this octet. */
		release: async ({ site }: Pick<SiteTools, 'site'>, octet: number): Promise<void> => {
			const pcrs = Object.fromEntries(
				[...pcrsOf(octet)].map(([pcr, value]) => [pcr, [Buffer.from(value).toString('hex')]]),
			);
			const text = JSON.stringify({ type: 'keyward-boot-reference', version: 1, bank: 'sha256', pcrs });
			await site.ask('boot-reference.add', { application: 'hall', class: 'probe', version: '2.1.0', text });
		},
	};
};
