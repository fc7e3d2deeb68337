import { Problem } from '@keyward/core';
import { TPM_RC } from '@keyward/core/tpm2';
import { TPM2_GetCapability } from './commands/capability.ts';
import { TPM2_FlushContext } from './commands/session.ts';
import { TPM2_Startup } from './commands/start-up.ts';
import type { Executor } from './protocol/executor.ts';
import { hasResponseCode } from './protocol/tpm-error.ts';

/** First handles of loaded sessions and of transient objects (Part 2 §7.2). */
const kinds = [0x0200_0000, 0x8000_0000];

/** First handle of sessions that were saved, as TPM2_GetCapability lists them (Part 2 §7.2, TPM_HT_SAVED_SESSION). */
const SAVED_SESSIONS = 0x0300_0000;

/**
 * Starts a TPM that no resource manager stands before, and frees its slots. Such a TPM has one user at a time (the driver and
 * swtpm see to it), so that whatever is loaded was left behind by one that was cut off.
 */
export const makeReady = async (connection: Executor): Promise<void> => {
	await TPM2_Startup(connection, { startupType: 'CLEAR' }).catch((error: unknown) => {
		// It was started before.
		if (!hasResponseCode(error, TPM_RC.INITIALIZE)) throw error;
	});
	for (const property of kinds) await flushAll(connection, property);
};

/** Frees sessions that were saved outside the TPM, whose contexts nobody brings back: to a TPM with one user at a time. */
export const freeSavedSessions = (connection: Executor): Promise<void> => flushAll(connection, SAVED_SESSIONS);

const flushAll = async (connection: Executor, property: number): Promise<void> => {
	const { handles } = await TPM2_GetCapability(connection, { capability: 'handles', property, propertyCount: 64 });
	for (const flushHandle of handles) {
		// One that cannot be freed shows as full slots later, with a sentence that says so.
		await TPM2_FlushContext(connection, { flushHandle }).catch((error: unknown) => {
			if (!(error instanceof Problem) || error.code === 'tpm-unreachable') throw error;
		});
	}
};
