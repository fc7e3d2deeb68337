import { Problem } from '@keyward/core';
import { objectName, type TpmKeyFile, type TPMT_PUBLIC } from '@keyward/core/tpm2';
import { TPM2_CreatePrimary, TPM2_Load, TPM2_ReadPublic } from './commands/object.ts';
import { TPM2_FlushContext } from './commands/session.ts';
import type { Handle, Loaded } from './protocol/handle.ts';
import type { Tpm } from './tpm.ts';

/** Frees a slot. What a reset or a lost connection has freed already needs it no more. */
export const release = async (tpm: Tpm, flushHandle: number, generation: number): Promise<void> => {
	if (tpm.generation !== generation) return;
	try {
		await TPM2_FlushContext(tpm, { flushHandle });
	} catch (error) {
		// The error that ended the scope, if any, tells more than that its slot could not be freed.
		if (!(error instanceof Problem)) throw error;
	}
};

const loaded = (tpm: Tpm, handle: Handle, publicArea: TPMT_PUBLIC, transient: boolean): Loaded => {
	const { generation } = tpm;
	if (!publicArea.objectAttributes.noDA) tpm.protectedKeyUsed();
	return {
		...handle,
		publicArea,
		generation,
		[Symbol.asyncDispose]: () => (transient ? release(tpm, handle.handle, generation) : Promise.resolve()),
	};
};

/** The primary key that this template makes in this hierarchy. */
export const createPrimary = async (tpm: Tpm, hierarchy: number, template: TPMT_PUBLIC): Promise<Loaded> => {
	const { objectHandle, outPublic, name } = await TPM2_CreatePrimary(tpm, {
		primaryHandle: tpm.hierarchy(hierarchy),
		inPublic: template,
	});
	return loaded(tpm, { handle: objectHandle, name }, outPublic, true);
};

/** A persistent object. */
export const openPersistent = async (tpm: Tpm, handle: number): Promise<Loaded> => {
	const { outPublic } = await TPM2_ReadPublic(tpm, { objectHandle: handle });
	return loaded(tpm, { handle, name: objectName(outPublic) }, outPublic, false);
};

/** Loads a wrapped key under its parent. Throws `TpmError` with TPM_RC_INTEGRITY when another TPM or parent made it. */
export const loadUnder = async (
	tpm: Tpm,
	parentHandle: Handle,
	key: Pick<TpmKeyFile, 'publicArea' | 'privateArea'>,
): Promise<Loaded> => {
	const { objectHandle, name } = await TPM2_Load(tpm, {
		parentHandle,
		inPrivate: key.privateArea,
		inPublic: key.publicArea,
	});
	return loaded(tpm, { handle: objectHandle, name }, key.publicArea, true);
};
