import type { PrincipalName } from '@keyward/core/port';
import type { Database } from './database.ts';
import { toPrincipalName } from './principals.ts';

/** Every principal that holds, held or has an open intent for a key. */
export const keyHolders = ({ sql }: Database): ((key: Uint8Array) => PrincipalName[]) => {
	const holders = sql.prepare(
		`SELECT application, kind, id FROM certificate WHERE key = ?1
		UNION SELECT application, kind, id FROM intent WHERE key = ?1 AND state = 'open'
		ORDER BY application, kind, id`,
	);
	return (key) => holders.all(key).map(toPrincipalName);
};
