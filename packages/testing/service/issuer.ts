import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, hash, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An issuer of identities on this machine (OpenID Connect Core 1.0 §3.1), where one person is always signed in. */
export interface TestIssuer {
	/** As a site's options name it. */
	readonly terms: {
		readonly name: string;
		readonly issuer: string;
		readonly clientId: string;
		readonly secretFile: string;
		readonly caFile: string;
		readonly proves: readonly { readonly claim: 'acr' | 'amr'; readonly value: string; readonly as: 'second-factor' }[];
	};
	/** Of the person, in the next tokens; what is null is left out. */
	claims: Readonly<Record<string, unknown>>;
	/** What came to the token endpoint. */
	readonly tokenRequests: readonly URLSearchParams[];
	/** Whether its answers say who answers (RFC 9207). */
	saysWho: boolean;
	/** Sends the browser that came here back to the site, as that was asked; gives the address. Throws when it would not. */
	authorize(url: string): string;
	stop(): Promise<void>;
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const startIssuer = async (name = 'plant'): Promise<TestIssuer> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-issuer-'));
	const [caFile, secretFile] = [join(folder, 'server.pem'), join(folder, 'secret')];
	const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
	const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
	execFileSync('openssl', [...words, ...names, '-keyout', 'server.key', '-out', caFile], {
		cwd: folder,
		stdio: 'pipe',
	});
	const secret = randomBytes(16).toString('hex');
	await writeFile(secretFile, secret, { mode: 0o600 });
	const clientId = 'keyward';
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const codes = new Map<string, URLSearchParams>();
	const tokenRequests: URLSearchParams[] = [];
	let issuer = '';

	const idToken = (asked: URLSearchParams): string => {
		const now = Math.floor(Date.now() / 1000);
		const usual = { iss: issuer, aud: clientId, iat: now, exp: now + 60, auth_time: now, nonce: asked.get('nonce') };
		const all = Object.entries({ ...usual, ...state.claims }).filter(([, value]) => value !== null);
		const text = `${base64({ alg: 'ES256', kid: '1' })}.${base64(Object.fromEntries(all))}`;
		const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
		return `${text}.${signature.toString('base64url')}`;
	};
	const tell = (response: ServerResponse, answer: object, status = 200): void => {
		response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
	};
	const token = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		let text = '';
		for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) text += part;
		const given = new URLSearchParams(text);
		tokenRequests.push(given);
		const asked = codes.get(given.get('code') ?? '');
		codes.delete(given.get('code') ?? '');
		const basic = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
		const challenge = hash('sha256', given.get('code_verifier') ?? '', 'base64url');
		if (
			request.headers.authorization !== basic ||
			asked?.get('redirect_uri') !== given.get('redirect_uri') ||
			asked?.get('code_challenge') !== challenge
		)
			return tell(response, { error: 'invalid_grant' }, 400);
		tell(response, { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: idToken(asked) });
	};
	const server = createServer(
		{ cert: await readFile(caFile), key: await readFile(join(folder, 'server.key')) },
		(request, response) => {
			if (request.url === '/token') return void token(request, response);
			if (request.url === '/keys')
				return tell(response, {
					keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1', alg: 'ES256', use: 'sig' }],
				});
			tell(response, {
				...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
				...{ jwks_uri: `${issuer}/keys`, response_types_supported: ['code'], subject_types_supported: ['public'] },
				id_token_signing_alg_values_supported: ['ES256'],
				authorization_response_iss_parameter_supported: state.saysWho,
			});
		},
	).listen(0, '127.0.0.1');
	await once(server, 'listening');
	server.unref();
	issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
	const state: TestIssuer = {
		terms: {
			...{ name, issuer, clientId, secretFile, caFile },
			proves: [{ claim: 'acr', value: 'two', as: 'second-factor' }],
		},
		claims: { sub: 'anna-1', email: 'anna@plant.example', email_verified: true },
		tokenRequests,
		saysWho: true,
		authorize: (url) => {
			const asked = new URL(url).searchParams;
			const to = new URL(asked.get('redirect_uri') ?? '');
			// The one address that is registered for the site.
			if (!to.pathname.endsWith(`/issuers/${name}/answer`) || asked.get('code_challenge_method') !== 'S256')
				throw new Error(`the issuer ${name} does not send anybody to ${to.href}`);
			const code = randomBytes(16).toString('hex');
			codes.set(code, asked);
			to.searchParams.set('code', code);
			to.searchParams.set('state', asked.get('state') ?? '');
			if (state.saysWho) to.searchParams.set('iss', issuer);
			return to.href;
		},
		stop: async () => {
			server.closeAllConnections();
			server.close();
			await rm(folder, { recursive: true, force: true });
		},
	};
	return state;
};
