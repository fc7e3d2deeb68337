import type { RegistryStore } from '@keyward/core/port';
import { sqliteAdmissions } from './admissions.ts';
import { sqliteAdoption } from './adoption.ts';
import { sqliteAuthorities } from './authorities.ts';
import { sqliteCertificates } from './certificates.ts';
import type { Database } from './database.ts';
import { sqliteEnds } from './ends.ts';
import { sqliteGrants } from './grants.ts';
import { sqlitePolicies } from './policies.ts';
import { sqlitePrincipalKeys } from './principal-keys.ts';
import { sqlitePrincipals } from './principals.ts';

export const sqliteRegistry = (db: Database): RegistryStore => ({
	...sqlitePrincipals(db),
	...sqlitePrincipalKeys(db),
	...sqliteAdmissions(db),
	...sqliteCertificates(db),
	...sqliteAdoption(db),
	...sqliteAuthorities(db),
	...sqliteEnds(db),
	...sqliteGrants(db),
	...sqlitePolicies(db),
});
