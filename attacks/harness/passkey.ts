import type { PersonRole } from '@keyward/core/port';
import { joinAs, type Visitor } from '@keyward/testing/service/passkey';
import type { AttackedSite } from './site.ts';

/** Invites somebody and registers a passkey for them; throws nothing when it is refused. */
export const joinSite = async (site: AttackedSite, person: string, role: PersonRole): Promise<Visitor> =>
	joinAs(site.httpsPort, (await site.ask('person.invite', { person, role })).link);
