import { serveParent } from '@keyward/custody/child-process';
import { openIdentity } from '../identity/identity.ts';
import { registerHere, type RegisterProtocol } from './key-registration.ts';

// The process of one registration: started by register-key.ts, which ends it after its answer.

serveParent<RegisterProtocol>({
	answer: async ({ folder, key }) => {
		await registerHere(await openIdentity(folder), key);
		return null;
	},
});
