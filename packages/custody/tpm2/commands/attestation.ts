import { sized, TPML_PCR_SELECTION, TPMT_SCHEME, TPMT_SIGNATURE, u16 } from '@keyward/core/tpm2';
import type { Reader } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';
import type { Handle } from '../protocol/handle.ts';

/** TPMS_ATTEST as the TPM signed it, byte for byte, and the signature. */
const readAttestation = (reader: Reader) => ({ attest: reader.sized(), signature: TPMT_SIGNATURE.read(reader) });

/** Part 3 §18.2: `signHandle` says that `objectHandle` is in this TPM. */
export const TPM2_Certify = command({
	name: 'TPM2_Certify',
	code: 0x148,
	handles: (input: {
		readonly objectHandle: Handle;
		readonly signHandle: Handle;
		readonly qualifyingData: Uint8Array;
		readonly inScheme: TPMT_SCHEME;
	}) => [input.objectHandle, input.signHandle],
	authorized: 2,
	parameters: ({ qualifyingData, inScheme }) => [sized(qualifyingData), TPMT_SCHEME.marshal(inScheme)],
	output: readAttestation,
});

/** Part 3 §18.4. */
export const TPM2_Quote = command({
	name: 'TPM2_Quote',
	code: 0x158,
	handles: (input: {
		readonly signHandle: Handle;
		readonly qualifyingData: Uint8Array;
		readonly inScheme: TPMT_SCHEME;
		readonly PCRselect: TPML_PCR_SELECTION;
	}) => [input.signHandle],
	authorized: 1,
	parameters: ({ qualifyingData, inScheme, PCRselect }) => [
		sized(qualifyingData),
		TPMT_SCHEME.marshal(inScheme),
		TPML_PCR_SELECTION.marshal(PCRselect),
	],
	output: readAttestation,
});

/** Part 3 §31.16: `signHandle` says what `nvIndex` holds. */
export const TPM2_NV_Certify = command({
	name: 'TPM2_NV_Certify',
	code: 0x184,
	handles: (input: {
		readonly signHandle: Handle;
		readonly authHandle: Handle;
		readonly nvIndex: Handle;
		readonly qualifyingData: Uint8Array;
		readonly inScheme: TPMT_SCHEME;
		readonly size: number;
		readonly offset: number;
	}) => [input.signHandle, input.authHandle, input.nvIndex],
	authorized: 2,
	parameters: ({ qualifyingData, inScheme, size, offset }) => [
		sized(qualifyingData),
		TPMT_SCHEME.marshal(inScheme),
		u16(size),
		u16(offset),
	],
	output: readAttestation,
});

/** Part 3 §12.5: opens a credential for the object `activateHandle` with the endorsement key `keyHandle`. */
export const TPM2_ActivateCredential = command({
	name: 'TPM2_ActivateCredential',
	code: 0x147,
	handles: (input: {
		readonly activateHandle: Handle;
		readonly keyHandle: Handle;
		readonly credentialBlob: Uint8Array;
		readonly secret: Uint8Array;
	}) => [input.activateHandle, input.keyHandle],
	authorized: 2,
	parameters: ({ credentialBlob, secret }) => [sized(credentialBlob), sized(secret)],
	output: (reader) => ({ certInfo: reader.sized() }),
});

/** Part 3 §12.6. `makeCredential` of `@keyward/core/tpm2` does the same without a TPM. */
export const TPM2_MakeCredential = command({
	name: 'TPM2_MakeCredential',
	code: 0x168,
	handles: (input: { readonly handle: Handle; readonly credential: Uint8Array; readonly objectName: Uint8Array }) => [
		input.handle,
	],
	parameters: ({ credential, objectName }) => [sized(credential), sized(objectName)],
	output: (reader) => ({ credentialBlob: reader.sized(), secret: reader.sized() }),
});

/** Part 3 §22.4. A TPM gives at most eight values at a time, and says in `pcrSelectionOut` which. */
export const TPM2_PCR_Read = command({
	name: 'TPM2_PCR_Read',
	code: 0x17e,
	parameters: (input: { readonly pcrSelectionIn: TPML_PCR_SELECTION }) => [
		TPML_PCR_SELECTION.marshal(input.pcrSelectionIn),
	],
	output: (reader) => {
		const pcrUpdateCounter = reader.u32();
		const pcrSelectionOut = TPML_PCR_SELECTION.read(reader);
		const count = reader.u32();
		return { pcrUpdateCounter, pcrSelectionOut, pcrValues: Array.from({ length: count }, () => reader.sized()) };
	},
});
