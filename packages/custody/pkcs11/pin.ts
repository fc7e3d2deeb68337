import { Problem } from '@keyward/core';
import { readPrivate } from '../private-file.ts';

/**
 * The PIN in the first line of a file of mode 600 that belongs to this user. Throws `Problem('key-file')` when others may read it,
 * and `Problem('token-pin')` when it holds none.
 */
export const readPinFile = async (path: string): Promise<string> => {
	const [pin = ''] = (await readPrivate(path)).split(/\r?\n/);
	if (pin === '') throw new Problem('token-pin', `${path} is empty: write the token's user PIN into it, on one line.`);
	return pin;
};
