import { generateKeyPairSync, hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Any program can be an authenticator: one that holds its key in a file, and says nothing of where it is. */
const makeCredential = (rpId: string, origin: string, challenge: string): object => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
	const id = randomBytes(16);
	// COSE_Key (RFC 9053 §7.1.1): EC2, ES256, P-256.
	const key = Buffer.concat([
		...[Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x, 'base64url')],
		...[Buffer.from('225820', 'hex'), Buffer.from(y, 'base64url')],
	]);
	// WebAuthn Level 3 §6.1: present, verified, with a credential.
	const data = Buffer.concat([
		...[hash('sha256', rpId, 'buffer'), Buffer.from([0x45, 0, 0, 0, 0]), Buffer.alloc(16)],
		...[Buffer.from([0, id.length]), id, key],
	]);
	const attestation = Buffer.concat([
		...[Buffer.from([0xa3, 0x63]), Buffer.from('fmt'), Buffer.from([0x64]), Buffer.from('none')],
		...[Buffer.from([0x67]), Buffer.from('attStmt'), Buffer.from([0xa0, 0x68]), Buffer.from('authData')],
		...[Buffer.from([0x58, data.length]), data],
	]);
	const client = JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false });
	return {
		...{ id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' },
		clientExtensionResults: {},
		response: {
			clientDataJSON: Buffer.from(client).toString('base64url'),
			attestationObject: attestation.toString('base64url'),
		},
	};
};

/** What the site answered. */
interface Answer {
	readonly status: number;
	readonly headers: IncomingMessage['headers'];
	readonly text: string;
	/** The code of a refusal; null when the body says none. */
	readonly code: string | null;
}

/** What a browser does for a person. */
export interface Visitor {
	/** Of their registration. */
	readonly joined: Answer;
	/** Calls an operation with the session's cookie; from another site's page with its origin, under another name with that host. */
	call(name: string, input: object, origin?: string, host?: string): Promise<Answer>;
}

const codeOf = (text: string): string | null => {
	const said: unknown = JSON.parse(text);
	return typeof said === 'object' && said !== null && 'code' in said && typeof said.code === 'string'
		? said.code
		: null;
};

/** Registers a passkey by a link of the site; throws nothing when it is refused. `from` is the origin of the page that sends the answer. */
export const joinAs = async (port: number, link: string, from?: string): Promise<Visitor> => {
	const invitation = link.slice(link.indexOf('=') + 1);
	const host = `localhost:${port}`;
	const origin = `https://${host}`;
	const post = async (path: string, body: object, more: Readonly<Record<string, string>> = {}): Promise<Answer> => {
		const request = httpsRequest({
			...{ host: '127.0.0.1', port, servername: 'localhost', method: 'POST', path, agent: false },
			// A stranger was told no CA.
			rejectUnauthorized: false,
			headers: { host, origin, 'content-type': 'application/json', 'keyward-request': '1', ...more },
		});
		const answered = once(request, 'response') as Promise<[IncomingMessage]>;
		request.end(JSON.stringify(body));
		const [response] = await answered;
		response.setEncoding('utf8');
		let text = '';
		for await (const part of response as AsyncIterable<string>) text += part;
		return { status: response.statusCode ?? 0, headers: response.headers, text, code: codeOf(text) };
	};
	const begun = await post('/v1/people/begin', { invitation });
	const { options } = JSON.parse(begun.text) as { options: { challenge: string; rp: { id: string } } };
	const response = makeCredential(options.rp.id, origin, options.challenge);
	const joined = await post('/v1/people/register', { invitation, response }, { origin: from ?? origin });
	const cookie = joined.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
	return {
		joined,
		call: (name, input, as = origin, at = host) =>
			post(`/v1/operations/${name}`, input, { cookie, origin: as, host: at }),
	};
};
