import { serveParent } from '@keyward/custody/child-process';
import { openIdentity } from '../identity/identity.ts';
import { callHere, type CallProtocol } from './site-call.ts';

// The process of one call: started by call-site.ts, which ends it after its answer.

serveParent<CallProtocol>({
	answer: async ({ folder, call }) => callHere(await openIdentity(folder), call),
});
