import { serveParent } from '@keyward/custody/child-process';
import { openIdentity } from '../identity/identity.ts';
import { type RefreshProtocol, refreshHere } from './refresh.ts';

// The process of one refresh of the roster: started by device-roster.ts, which ends it after its answer.

serveParent<RefreshProtocol>({
	answer: async ({ folder, now }) => {
		await refreshHere(await openIdentity(folder), now);
		return null;
	},
});
