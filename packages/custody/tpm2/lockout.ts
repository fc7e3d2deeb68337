import type { TpmKeyFile } from '@keyward/core/tpm2';
import { TPM2_GetCapability } from './commands/capability.ts';
import type { Tpm } from './tpm.ts';
import { TpmError } from './protocol/tpm-error.ts';

// TPM_PT (Part 2 §6.13).
const LOCKOUT_COUNTER = 0x20e;
const MAX_AUTH_FAIL = 0x20f;
const LOCKOUT_INTERVAL = 0x210;

/** The lockout (Part 1 §19.8) that a key met, with what this TPM counts and what helps. */
export const lockoutError = async (tpm: Tpm, error: TpmError, { emptyAuth }: TpmKeyFile): Promise<TpmError> => {
	const input = { capability: 'properties', property: LOCKOUT_COUNTER, propertyCount: 3 } as const;
	const { properties } = await TPM2_GetCapability(tpm, input);
	const [counted, limit, interval] = [LOCKOUT_COUNTER, MAX_AUTH_FAIL, LOCKOUT_INTERVAL].map(
		(property) => properties.get(property) ?? 0,
	);
	const forgets =
		interval === 0 ? 'It forgets none by itself' : `Leave it powered: it forgets one every ${interval} seconds`;
	const later = emptyAuth
		? 'Then make a key that power cuts do not lock, with keyward device rekey: this one has no PIN, and was made with lockout protection or under such a parent.'
		: 'Look at the PIN before the next try, and shut the device down in order before its power is cut.';
	return new TpmError(
		'The key cannot be used now',
		error.responseCode,
		`The TPM counts ${counted} of ${limit}. ${forgets}; or run tpm2_dictionarylockout --clear-lockout. ${later}`,
	);
};
