import { Problem } from '@keyward/core';
import type { DeviceStatement } from '@keyward/core/device';

/**
 * Whether it replaces what is known of the device with this part: an old manifest that is taken again must not bring back what was said
 * before. Throws `Problem('part-conflict')` where two of one moment differ.
 */
export const isNewer = (part: string, statement: DeviceStatement, known: DeviceStatement | null): boolean => {
	if (known === null) return true;
	if (statement.said !== known.said) return statement.said > known.said;
	if (JSON.stringify(statement) === JSON.stringify(known)) return false;
	throw new Problem(
		'part-conflict',
		`Another statement of the device with ${part} has the same provisioningTimestamp.`,
	);
};
