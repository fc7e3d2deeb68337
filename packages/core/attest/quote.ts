import { hash } from 'node:crypto';
import { type Attested, hashOf, selectedPcrs, TPM_ALG, TPM_ST, TPMT_SIGNATURE } from '../format/tpm2/index.ts';
import type { Refusal } from '../problem/refusal.ts';
import { type BootReference, differingPcr } from './boot-reference.ts';
import { replayEventLog } from './event-log.ts';
import { firmwareDebug } from './firmware-debug.ts';
import { replayImaList } from './ima-list.ts';
import { PCR_BYTES, type PcrValues } from './pcr.ts';
import { type AttestTerms, judgeAttest } from './tpm-attest.ts';

/** What a device shows of how it started. */
export interface BootEvidence {
	/** TPMS_ATTEST of TPM2_Quote (TPM 2.0 Part 3 §18.4), marshalled. */
	readonly attest: Uint8Array;
	/** TPMT_SIGNATURE, marshalled. */
	readonly signature: Uint8Array;
	/** The values of the quoted PCRs of the SHA-256 bank, in their order, one after another. */
	readonly pcrs: Uint8Array;
	/** `binary_bios_measurements`; empty where the device has none. */
	readonly eventLog: Uint8Array;
	/** `binary_runtime_measurements`; empty where the device has none. */
	readonly imaList: Uint8Array;
}

/** A release that a device may run, and its reference values. */
export interface ReleasedBoot {
	readonly release: string;
	readonly reference: BootReference;
}

/** A boot that counts. */
export interface JudgedBoot {
	readonly release: string;
	/** As {@link firmwareDebug} says. */
	readonly debug: 'closed' | 'open' | null;
}

/** SHA-256("keyward-boot-1" ‖ nonce ‖ exporter ‖ device): never that of a key's attestation (`qualifyingData`). */
export const bootQualifyingData = (nonce: Uint8Array, exporter: Uint8Array, device: string): Uint8Array =>
	new Uint8Array(
		hash('sha256', Buffer.concat([Buffer.from('keyward-boot-1'), nonce, exporter, Buffer.from(device)]), 'buffer'),
	);

/**
 * Which release a device started, by its TPM's word of now; or why none. `qualifyingData` is {@link bootQualifyingData}. Throws
 * `Problem('tpm-malformed')`, `Problem('boot-log-malformed')`.
 */
export const judgeBoot = (
	evidence: BootEvidence,
	terms: AttestTerms,
	released: readonly ReleasedBoot[],
): JudgedBoot | { readonly refusal: Refusal } => {
	const judged = judgeAttest(evidence, terms);
	if ('code' in judged) return refused(judged.code, judged.reason);
	const { name: digest } = hashOf(TPMT_SIGNATURE.unmarshal(evidence.signature).hash);
	const pcrs = quotedPcrs(judged.attest.attested, evidence.pcrs, digest);
	if (pcrs === null) {
		return refused('boot-log-mismatch', 'The quote is of other PCR values than those beside it: send what was quoted.');
	}
	const { eventLog, imaList } = evidence;
	// RFC 9334 §7.4, PC Client PFP §10: a log is a claim until its replay gives the PCRs that the TPM signed; who alters, leaves out or
	// adds an entry cannot make it.
	const log = eventLog.length === 0 ? null : replayEventLog(eventLog);
	for (const [pcr, value] of log?.pcrs ?? []) {
		const quoted = pcrs.get(pcr);
		if (quoted !== undefined && Buffer.compare(quoted, value) !== 0) {
			return refused('boot-log-mismatch', `The boot log does not lead to what the TPM holds in PCR ${pcr}.`);
		}
	}
	const pcr10 = pcrs.get(10);
	const files = imaList.length === 0 || pcr10 === undefined ? null : replayImaList(imaList, pcr10);
	if (imaList.length > 0 && pcr10 !== undefined && files === null) {
		return refused('boot-log-mismatch', 'The IMA list does not lead to what the TPM holds in PCR 10.');
	}

	const reasons: string[] = [];
	for (const { release, reference } of released) {
		const pcr = differingPcr(reference, pcrs);
		// EDR 3.14: software that was changed starts as well; only the reference values tell it from the released one.
		if (pcr !== null) {
			const extended = log?.events.filter((event) => event.pcr === pcr).length;
			reasons.push(
				`PCR ${pcr} is not that of ${release}${extended === undefined ? '' : ` (${extended} measurements in the boot log)`}`,
			);
			continue;
		}
		// Only firmware that is known tells of its debugger.
		const booted = { release, debug: reference.pcrs.has(0) ? firmwareDebug(log, pcrs) : null };
		if (reference.files === null) return booted;
		const foreign = files?.find(({ sha256 }) => sha256 === null || reference.files?.has(sha256) !== true);
		if (files !== null && foreign === undefined) return booted;
		reasons.push(
			files === null
				? `${release} names its files, and the device sends no IMA list with PCR 10`
				: `${foreign?.path} is no file of ${release}`,
		);
	}
	const why = reasons.length === 0 ? 'no release has boot reference values' : reasons.slice(0, 3).join('; ');
	return refused('boot-not-released', `The device runs software of no release: ${why}.`);
};

/** The values by PCR, when they are those that the quote is about; else null. `digest` is the hash of the signing scheme (Part 3 §18.4). */
const quotedPcrs = (attested: Attested, values: Uint8Array, digest: string): PcrValues | null => {
	if (attested.type !== TPM_ST.ATTEST_QUOTE) return null;
	const [selection, ...others] = attested.pcrSelect;
	if (selection === undefined || others.length > 0 || selection.hash !== TPM_ALG.SHA256) return null;
	const numbers = selectedPcrs(selection);
	if (values.length !== numbers.length * PCR_BYTES) return null;
	if (Buffer.compare(hash(digest, values, 'buffer'), attested.pcrDigest) !== 0) return null;
	return new Map(numbers.map((pcr, index) => [pcr, values.slice(index * PCR_BYTES, (index + 1) * PCR_BYTES)] as const));
};

const refused = (code: Refusal['code'], reason: string): { readonly refusal: Refusal } => ({
	refusal: { code, requirement: 'boot-verified', reason },
});
