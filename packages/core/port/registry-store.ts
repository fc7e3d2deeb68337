import type { AdmissionStore } from './admission-store.ts';
import type { AuthorityStore } from './authority-store.ts';
import type { CertificateStore } from './certificate-store.ts';
import type { GrantStore } from './grant-store.ts';
import type { PolicyStore } from './policy-store.ts';
import type { PrincipalKeyStore } from './principal-key-store.ts';
import type { PrincipalStore } from './principal-store.ts';

/**
 * Who is known, what was issued, and who may do what: what the registry's own ledger covers (`RegistryLog`). Bytes are compared by
 * content; lists are oldest first.
 */
export interface RegistryStore
	extends
		PrincipalStore,
		PrincipalKeyStore,
		AdmissionStore,
		CertificateStore,
		AuthorityStore,
		GrantStore,
		PolicyStore {}
