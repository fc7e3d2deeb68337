import { Problem } from '@keyward/core';
import {
	FLOOR_COUNTER_NAME,
	FLOOR_ORIGIN_NAME,
	floorCounterPublic,
	type FloorEvidence,
	floorOriginPublic,
} from '@keyward/core/attest';
import { NULL_SCHEME, nvName, TPM_RC, TPM_RH, TPMA_NV, type TPMS_NV_PUBLIC, TPMT_SIGNATURE } from '@keyward/core/tpm2';
import { type AttestationKey, loadAttestationKey } from './attestation-key.ts';
import { TPM2_NV_Certify } from './commands/attestation.ts';
import {
	TPM2_NV_DefineSpace,
	TPM2_NV_Increment,
	TPM2_NV_ReadPublic,
	TPM2_NV_Write,
	TPM2_NV_WriteLock,
} from './commands/nv.ts';
import { readNonVolatile } from './non-volatile.ts';
import { hasResponseCode } from './protocol/tpm-error.ts';
import type { Handle } from './protocol/handle.ts';
import type { Tpm } from './tpm.ts';

const COUNTER = floorCounterPublic.nvIndex;
const ORIGIN = floorOriginPublic.nvIndex;

/** Its name between the write and the lock. */
const UNLOCKED_ORIGIN = nvName({
	...floorOriginPublic,
	attributes: floorOriginPublic.attributes | TPMA_NV.WRITTEN,
});

/** More steps than any series of releases; a floor of another kind would keep the TPM at it for hours. */
export const HIGHEST_COUNTED_FLOOR = 100_000;

/**
 * A floor that only rises, kept by the TPM: an NV counter, and a second index, locked for good, with the count that it began at (a
 * new counter begins behind every one that was, Part 1 §37.2.4). Who has the owner's authorization of the TPM can remove the two: made
 * again, they begin at 0, and a service that knows where they began sees it (`judgeCountedFloor`). Throws `Problem('tpm-failed')`.
 */
export const tpmFloorCounter = (tpm: Tpm) => {
	const owner = tpm.hierarchy(TPM_RH.OWNER);
	const handleOf = async (index: number): Promise<Handle | null> =>
		TPM2_NV_ReadPublic(tpm, { nvIndex: index }).then(
			({ nvName: name }) => ({ handle: index, name }),
			(error: unknown) => {
				if (hasResponseCode(error, TPM_RC.HANDLE)) return null;
				throw error;
			},
		);
	const define = async (publicInfo: TPMS_NV_PUBLIC): Promise<Handle> => {
		await TPM2_NV_DefineSpace(tpm, { authHandle: owner, publicInfo });
		const made = await handleOf(publicInfo.nvIndex);
		if (made === null) throw new Problem('tpm-failed', 'The TPM does not keep the index of its security floor.');
		return made;
	};
	/** What an index holds that is what it must be. Null: there is none, or nothing in it yet. */
	const valueOf = async (index: number, names: readonly Uint8Array[]): Promise<bigint | null> => {
		const bytes = await readNonVolatile(tpm, index);
		if (bytes === null) return null;
		const name = (await handleOf(index))?.name ?? new Uint8Array();
		// Part 1 §16: an ordinary index in the counter's place holds whatever was written to it.
		if (bytes.length !== 8 || !names.some((one) => Buffer.compare(one, name) === 0))
			throw new Problem('tpm-failed', "The TPM's index of the security floor is another than Keyward makes.");
		return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
	};
	const count = (): Promise<bigint | null> => valueOf(COUNTER, [FLOOR_COUNTER_NAME]);
	const origin = (): Promise<bigint | null> => valueOf(ORIGIN, [FLOOR_ORIGIN_NAME, UNLOCKED_ORIGIN]);
	const increment = async (): Promise<void> => {
		const nvIndex = await handleOf(COUNTER);
		if (nvIndex !== null) await TPM2_NV_Increment(tpm, { authHandle: owner, nvIndex });
	};
	/** Cut short at any point, it goes on from there: the origin is written and locked before the first step of the floor. */
	const prepare = async (): Promise<void> => {
		if ((await handleOf(COUNTER)) === null) await define(floorCounterPublic);
		if ((await count()) === null) await increment();
		if ((await origin()) === null) {
			const nvIndex = (await handleOf(ORIGIN)) ?? (await define(floorOriginPublic));
			const data = new Uint8Array(8);
			new DataView(data.buffer).setBigUint64(0, (await count()) ?? 0n);
			await TPM2_NV_Write(tpm, { authHandle: owner, nvIndex, data, offset: 0 });
		}
		const written = await handleOf(ORIGIN);
		if (written !== null && Buffer.compare(written.name, FLOOR_ORIGIN_NAME) !== 0)
			await TPM2_NV_WriteLock(tpm, { authHandle: owner, nvIndex: written });
	};
	const read = async (): Promise<number> => {
		const [now, began] = [await count(), await origin()];
		if (now === null && began === null) return 0;
		// One without the other says nothing: who took one away must not have made the floor 0.
		if (now === null || began === null || now < began)
			throw new Problem('tpm-failed', "The TPM's counter of the security floor is not the one it began with.");
		return Number(now - began);
	};
	return {
		highest: HIGHEST_COUNTED_FLOOR,
		read,
		/** Makes the two where they are not there yet, with a floor of 0. */
		prepare,
		raise: async (floor: number): Promise<void> => {
			if (floor > HIGHEST_COUNTED_FLOOR)
				throw new Problem('tpm-failed', `A TPM counts no security floor above ${HIGHEST_COUNTED_FLOOR}.`);
			await prepare();
			for (let at = await read(); at < floor; at++) await increment();
		},
	};
};

/** The attestation key's word on the floor that its TPM counts (TPM2_NV_Certify); made first where the TPM has none. */
export const certifyFloor = async (
	tpm: Tpm,
	attestationKey: AttestationKey,
	qualifyingData: Uint8Array,
): Promise<FloorEvidence> => {
	await tpm.operation(() => tpmFloorCounter(tpm).prepare());
	return tpm.operation(async () => {
		await using signHandle = await loadAttestationKey(tpm, attestationKey);
		const said = async (handle: number, name: Uint8Array) => {
			// With its own, empty authorization value: reading it wants nobody's consent.
			const nvIndex: Handle = { handle, name };
			const input = { signHandle, authHandle: nvIndex, nvIndex, qualifyingData, inScheme: NULL_SCHEME };
			const { attest, signature } = await TPM2_NV_Certify(tpm, { ...input, size: 8, offset: 0 });
			return { attest, signature: TPMT_SIGNATURE.marshal(signature) };
		};
		// The origin first: a counter that is made again meanwhile is later than it, and seen.
		const began = await said(ORIGIN, FLOOR_ORIGIN_NAME);
		const now = await said(COUNTER, FLOOR_COUNTER_NAME);
		return { ...now, originAttest: began.attest, originSignature: began.signature };
	});
};
