import { serveParent } from '@keyward/custody/child-process';
import { openIdentity } from '../identity/identity.ts';
import { askSiteHere, type SiteProtocol } from './site-question.ts';

// The process of one question of the updater: started by ask-site.ts, which ends it after its answer.

serveParent<SiteProtocol>({
	answer: async ({ folder, question }) => askSiteHere(await openIdentity(folder), question),
});
