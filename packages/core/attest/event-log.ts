import { TPM_ALG } from '../format/tpm2/index.ts';
import { LittleEndian, logMalformed } from './little-endian.ts';
import { extend, initialPcr, PCR_BYTES, type PcrValues } from './pcr.ts';

/** One measurement of the firmware or boot loader (TCG PC Client Platform Firmware Profile §10.2.2, TCG_PCR_EVENT2). */
export interface BootEvent {
	readonly pcr: number;
	/** EV_… (§10.4.1). */
	readonly type: number;
	/** Of the SHA-256 bank. */
	readonly digest: Uint8Array;
}

const EV_NO_ACTION = 3;
const SPEC_ID = 'Spec ID Event03\0';
const STARTUP_LOCALITY = 'StartupLocality\0';
const MOST_ALGORITHMS = 16;
const LARGEST_PCR = 23;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** §10.2.1.1, TCG_EfiSpecIDEventStruct: sizes of the digests by algorithm, in the order of the log. */
const readSpecId = (event: Uint8Array): ReadonlyMap<number, number> => {
	const reader = new LittleEndian(event);
	if (textOf(reader.take(SPEC_ID.length)) !== SPEC_ID) {
		logMalformed('The boot log does not begin with "Spec ID Event03": only crypto agile logs of a TPM 2.0 are read');
	}
	reader.take(8);
	const count = reader.u32();
	if (count === 0 || count > MOST_ALGORITHMS) logMalformed(`The boot log names ${count} hash algorithms`);
	const sizes = new Map<number, number>();
	for (let index = 0; index < count; index++) sizes.set(reader.u16(), reader.u16());
	if (sizes.get(TPM_ALG.SHA256) !== PCR_BYTES) logMalformed('The boot log has no SHA-256 digests');
	return sizes;
};

/** What a boot log says happened, and what the PCRs hold if that is true. */
export interface ReplayedLog {
	readonly events: readonly BootEvent[];
	/** Only of PCRs that the log extends. */
	readonly pcrs: PcrValues;
}

/**
 * Reads and replays a crypto agile log (`binary_bios_measurements` of Linux). Throws `Problem('boot-log-malformed')`. Nothing in it is to be
 * believed before its PCRs were found in a quote.
 */
export const replayEventLog = (bytes: Uint8Array): ReplayedLog => {
	const reader = new LittleEndian(bytes);
	// §10.2.1: the first entry has the form of TPM 1.2, so that old programs can step over it.
	reader.u32();
	if (reader.u32() !== EV_NO_ACTION) logMalformed('The boot log does not begin with EV_NO_ACTION');
	reader.take(20);
	const sizes = readSpecId(reader.sized());

	const events: BootEvent[] = [];
	const pcrs = new Map<number, Uint8Array>();
	let locality = 0;
	while (reader.rest > 0) {
		const pcr = reader.u32();
		const type = reader.u32();
		const count = reader.u32();
		if (pcr > LARGEST_PCR) logMalformed(`The boot log extends PCR ${pcr}, which no TPM has`);
		if (count > sizes.size) logMalformed(`An entry of the boot log has ${count} digests`);
		let digest: Uint8Array | null = null;
		for (let index = 0; index < count; index++) {
			const algorithm = reader.u16();
			const size = sizes.get(algorithm) ?? logMalformed(`An entry of the boot log has an undeclared hash ${algorithm}`);
			const value = reader.take(size);
			if (algorithm === TPM_ALG.SHA256) digest = value;
		}
		const event = reader.sized();
		if (type === EV_NO_ACTION) {
			// §10.4.5.3: the locality of TPM2_Startup is where PCR 0 begins.
			if (textOf(event.subarray(0, STARTUP_LOCALITY.length)) === STARTUP_LOCALITY) {
				locality = event[STARTUP_LOCALITY.length] ?? 0;
			}
			continue;
		}
		if (digest === null) return logMalformed('An entry of the boot log has no SHA-256 digest');
		const before = pcrs.get(pcr) ?? startOf(pcr, locality);
		pcrs.set(pcr, extend(before, digest));
		events.push({ pcr, type, digest: new Uint8Array(digest) });
	}
	return { events, pcrs };
};

const startOf = (pcr: number, locality: number): Uint8Array => {
	const value = initialPcr(pcr);
	if (pcr === 0) value[PCR_BYTES - 1] = locality;
	return value;
};
