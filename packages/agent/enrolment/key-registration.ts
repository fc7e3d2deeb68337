import type { KeyPurpose } from '@keyward/core/port';
import { openEst } from '../est/connection.ts';
import type { Identity } from '../identity/identity.ts';
import { secureContext } from '../tls/secure-context.ts';

/** A key to be registered, as `key.register` takes it: base64. */
export interface KeyToRegister {
	readonly purpose: KeyPurpose;
	readonly key: string;
	readonly proof?: string;
}

/** What the child of a registration is asked. */
export interface RegisterProtocol {
	readonly question: { readonly folder: string; readonly key: KeyToRegister };
	readonly answer: null;
	readonly order: never;
	readonly event: never;
}

/** Registers the key from this process: with a key in hardware, the only link that it can open. */
export const registerHere = async (identity: Identity, key: KeyToRegister): Promise<void> => {
	const { certificate, serviceCa, serviceUrl } = identity;
	const context = secureContext({ certificate, serviceCa, key: await identity.tlsKey() });
	const connection = await openEst({ url: serviceUrl, serviceCa, context }, '/v1/operations/');
	try {
		await connection.ask('POST', 'key.register', { 'content-type': 'application/json' }, JSON.stringify(key));
	} finally {
		connection.close();
	}
};
