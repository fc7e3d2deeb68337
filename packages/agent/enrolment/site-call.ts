import type { DeviceReport } from '@keyward/core/device';
import type { SaidOfKeys } from '@keyward/core/enrol';
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

/** What a device or reader asks its site about itself. */
export type SiteCall =
	| { readonly operation: 'key.register'; readonly input: KeyToRegister }
	| { readonly operation: 'device.retire'; readonly input: Readonly<Record<string, never>> }
	| { readonly operation: 'device.report'; readonly input: DeviceReport }
	| { readonly operation: 'key.asked'; readonly input: SaidOfKeys };

/** What the child of a call is asked. */
export interface CallProtocol {
	readonly question: { readonly folder: string; readonly call: SiteCall };
	readonly answer: string;
	readonly order: never;
	readonly event: never;
}

/** Gives the body of the answer. Calls from this process: with a key in hardware, the only link that it can open. */
export const callHere = async (identity: Identity, { operation, input }: SiteCall): Promise<string> => {
	const { certificate, serviceCa, serviceUrl, floor } = identity;
	const context = secureContext({ certificate, serviceCa, floor, key: await identity.tlsKey() });
	const connection = await openEst({ url: serviceUrl, serviceCa, context }, '/v1/operations/');
	try {
		return await connection.ask('POST', operation, { 'content-type': 'application/json' }, JSON.stringify(input));
	} finally {
		connection.close();
	}
};
