import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@keyward/testing/folder';
import Provider from 'oidc-provider';

/** Who signs in at the provider, and by what. */
interface Account {
	readonly subject: string;
	readonly email: string;
	readonly acr: string;
}

/** oidc-provider on this machine, whose login page lets `account` in. */
export interface IdentityProvider {
	readonly issuer: string;
	/** As a site's options name it. */
	readonly terms: { readonly name: 'plant'; readonly issuer: string } & Readonly<
		Record<'clientId' | 'secretFile' | 'caFile', string>
	> & { readonly proves: readonly { readonly claim: 'acr'; readonly value: string; readonly as: 'second-factor' }[] };
	/** Null denies. */
	account: Account | null;
	/** Follows a browser from this address until the provider sends it elsewhere; gives that address, or what it was told. */
	visit(url: string): Promise<string>;
	/** One client, and the one address that it is sent back to. */
	register(redirectUri: string): void;
	stop(): Promise<void>;
}

const CLIENT = 'keyward';

export const startIdentityProvider = async (): Promise<IdentityProvider> => {
	const folder = temporaryFolder('keyward-provider-');
	const [keyFile, caFile, secretFile] = ['server.key', 'server.pem', 'secret'].map((name) => join(folder, name));
	if (keyFile === undefined || caFile === undefined || secretFile === undefined) throw new Error('no files');
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
	const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
	execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...names, '-out', caFile], { stdio: 'pipe' });
	const secret = randomBytes(32).toString('hex');
	writeFileSync(secretFile, secret, { mode: 0o600 });

	let listener: RequestListener = (_, response) => void response.writeHead(503).end();
	const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(caFile) }, (request, response) =>
		listener(request, response),
	).listen(0, 'localhost');
	await once(server, 'listening');
	const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;

	const state: IdentityProvider = {
		issuer,
		terms: {
			...{ name: 'plant', issuer, clientId: CLIENT, secretFile, caFile },
			proves: [{ claim: 'acr', value: 'urn:plant:two-factors', as: 'second-factor' }],
		},
		account: null,
		register: (redirectUri) => {
			const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
			const provider = new Provider(issuer, {
				clients: [
					{
						...{ client_id: CLIENT, client_secret: secret, redirect_uris: [redirectUri] },
						...{ token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256' },
					},
				],
				jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] },
				cookies: { keys: [randomBytes(32).toString('hex')] },
				pkce: { required: () => true },
				acrValues: ['urn:plant:two-factors', 'urn:plant:password'],
				claims: { openid: ['sub', 'acr', 'auth_time'], email: ['email', 'email_verified'] },
				// Without an access token for the userinfo endpoint, an ID token says all of it.
				conformIdTokenClaims: false,
				features: { devInteractions: { enabled: false } },
				interactions: { url: (_, { uid }) => `/login/${uid}` },
				ttl: { Session: 300, Interaction: 300, Grant: 300, AccessToken: 60, IdToken: 60 },
				findAccount: (_, accountId) => ({
					accountId,
					claims: () => ({ sub: accountId, email: state.account?.email, email_verified: true }),
				}),
			});
			const pages = provider.callback();
			const login = async (...[request, response]: Parameters<RequestListener>): Promise<void> => {
				const { account } = state;
				if (account === null) return provider.interactionFinished(request, response, { error: 'access_denied' }, {});
				const grant = new provider.Grant({ accountId: account.subject, clientId: CLIENT });
				grant.addOIDCScope('openid email');
				await provider.interactionFinished(request, response, {
					login: { accountId: account.subject, acr: account.acr },
					consent: { grantId: await grant.save() },
				});
			};
			listener = (request, response) =>
				void (request.url?.startsWith('/login/') === true ? login(request, response) : pages(request, response));
		},
		visit: async (url) => {
			const cookies = new Map<string, string>();
			let at = url;
			while (at.startsWith(`${issuer}/`)) {
				const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
				const request = httpsRequest(at, {
					headers: { cookie, accept: 'text/html' },
					ca: readFileSync(caFile),
					agent: false,
				});
				const answered = once(request, 'response') as Promise<[IncomingMessage]>;
				request.end();
				const [response] = await answered;
				let text = '';
				for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
				for (const set of response.headers['set-cookie'] ?? []) {
					const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
					cookies.set(name, value);
				}
				if (response.headers.location === undefined) return text;
				at = new URL(response.headers.location, at).href;
			}
			return at;
		},
		stop: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
	return state;
};
