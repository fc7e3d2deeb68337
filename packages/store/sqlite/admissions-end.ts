import type { PrincipalName } from '@keyward/core/port';
import type { Database } from './database.ts';

/** Ends what an earlier expectation left: tokens, spent or not, and intents that are open. Within a transaction. */
export const admissionsEnd = ({ sql }: Database): ((name: PrincipalName) => void) => {
	const voidTokens = sql.prepare('DELETE FROM token WHERE application = ? AND kind = ? AND id = ?');
	const giveUp = sql.prepare(
		"UPDATE intent SET state = 'abandoned' WHERE application = ? AND kind = ? AND id = ? AND state = 'open'",
	);
	return ({ application, kind, id }) => {
		voidTokens.run(application, kind, id);
		giveUp.run(application, kind, id);
	};
};
