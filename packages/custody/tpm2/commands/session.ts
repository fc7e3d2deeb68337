import { handleName, sized, TPM_ALG, TPM_RH, TPMT_SYM_DEF, u16, u32, u8 } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';
import type { Handle } from '../protocol/handle.ts';
import type { SessionType } from '../protocol/session.ts';

const noHandle: Handle = { handle: TPM_RH.NULL, name: handleName(TPM_RH.NULL) };

/** Part 3 §11.1. Unbound; salted when `tpmKey` is given, `encryptedSalt` being a secret shared with it. */
export const TPM2_StartAuthSession = command({
	name: 'TPM2_StartAuthSession',
	code: 0x176,
	handles: (input: {
		readonly tpmKey?: Handle;
		readonly nonceCaller: Uint8Array;
		readonly encryptedSalt: Uint8Array;
		readonly sessionType: SessionType;
		readonly symmetric: TPMT_SYM_DEF;
	}) => [input.tpmKey ?? noHandle, noHandle],
	parameters: ({ nonceCaller, encryptedSalt, sessionType, symmetric }) => [
		sized(nonceCaller),
		sized(encryptedSalt),
		u8(sessionType === 'hmac' ? 0 : 1),
		TPMT_SYM_DEF.marshal(symmetric),
		u16(TPM_ALG.SHA256),
	],
	givesHandle: true,
	output: (reader, sessionHandle) => ({ sessionHandle, nonceTPM: reader.sized() }),
});

/** Part 3 §23.4: satisfied by the authorization of `authHandle`, such as the endorsement hierarchy. */
export const TPM2_PolicySecret = command({
	name: 'TPM2_PolicySecret',
	code: 0x151,
	handles: (input: { readonly authHandle: Handle; readonly policySession: number }) => [
		input.authHandle,
		{ handle: input.policySession, name: handleName(input.policySession) },
	],
	authorized: 1,
	// nonceTPM, cpHashA, policyRef: none. Expiration 0: as long as the session lasts.
	parameters: () => [sized(new Uint8Array()), sized(new Uint8Array()), sized(new Uint8Array()), u32(0)],
	output: (reader) => {
		const timeout = reader.sized();
		return { timeout, policyTicket: { tag: reader.u16(), hierarchy: reader.u32(), digest: reader.sized() } };
	},
});

/** Part 3 §23.7: what a policy would have to be for the session to satisfy it. */
export const TPM2_PolicyGetDigest = command({
	name: 'TPM2_PolicyGetDigest',
	code: 0x189,
	handles: (input: { readonly policySession: number }) => [
		{ handle: input.policySession, name: handleName(input.policySession) },
	],
	output: (reader) => ({ policyDigest: reader.sized() }),
});

/** Part 3 §28.4: frees the slot of an object or session. */
export const TPM2_FlushContext = command({
	name: 'TPM2_FlushContext',
	code: 0x165,
	parameters: (input: { readonly flushHandle: number }) => [u32(input.flushHandle)],
	output: () => {},
});
