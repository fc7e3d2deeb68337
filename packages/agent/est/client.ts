import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type ErrorCode, errorCodes, Problem } from '@keyward/core';
import { decodeBase64, decodeCertsOnly } from '@keyward/core/format';
import { openTls, PATIENCE } from './tls.ts';

/** Where EST is, and what both sides prove themselves with. All PEM. */
export interface EstService {
	/** Base without `/.well-known/est`. */
	readonly url: string;
	readonly serviceCa: string;
	/** For renewal: the certificate with its issuing CA, and its key. */
	readonly identity?: { readonly certificate: string; readonly key: string };
}

/** Makes the DER request for one connection; `binding` goes into its challengePassword (RFC 7030 §3.5, RFC 9266). */
export type MakeCsr = (binding: string) => Promise<Uint8Array>;

const ANSWER_LIMIT = 524_288;

/** EST /cacerts (RFC 7030 §4.1): DER certificates. */
export const fetchCaCertificates = async (service: EstService): Promise<Uint8Array[]> => {
	const socket = await connectTo(service);
	return exchange(service, socket, 'GET', 'cacerts', {}, '');
};

/** EST /simpleenroll (RFC 7030 §4.2.1) under a one-time token: DER certificates, the new one first. */
export const simpleEnroll = async (service: EstService, token: string, makeCsr: MakeCsr): Promise<Uint8Array[]> => {
	const socket = await connectTo(service);
	const credentials = Buffer.from(`keyward:${token}`, 'utf8').toString('base64');
	return post(service, socket, 'simpleenroll', { authorization: `Basic ${credentials}` }, makeCsr);
};

/** EST /simplereenroll (RFC 7030 §4.2.2) under the identity's certificate. */
export const simpleReenroll = async (service: EstService, makeCsr: MakeCsr): Promise<Uint8Array[]> =>
	post(service, await connectTo(service), 'simplereenroll', {}, makeCsr);

const connectTo = ({ url, serviceCa, identity }: EstService): Promise<TLSSocket> =>
	openTls(url, {
		// service-authentication: the pinned CA alone, none of the system's.
		ca: serviceCa,
		rejectUnauthorized: true,
		...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
	});

const post = async (
	service: EstService,
	socket: TLSSocket,
	operation: string,
	headers: Record<string, string>,
	makeCsr: MakeCsr,
): Promise<Uint8Array[]> => {
	try {
		const binding = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64');
		const body = Buffer.from(await makeCsr(binding)).toString('base64');
		return await exchange(
			service,
			socket,
			'POST',
			operation,
			{ ...headers, 'content-type': 'application/pkcs10' },
			body,
		);
	} finally {
		socket.destroy();
	}
};

const exchange = async (
	{ url }: EstService,
	socket: TLSSocket,
	method: 'GET' | 'POST',
	operation: string,
	headers: Record<string, string>,
	body: string,
): Promise<Uint8Array[]> => {
	const base = new URL(url);
	try {
		const answer = await new Promise<IncomingMessage>((resolve, reject) => {
			const request = httpRequest({
				createConnection: () => socket,
				host: base.hostname,
				port: base.port,
				method,
				path: `${base.pathname.replace(/\/$/, '')}/.well-known/est/${operation}`,
				headers: {
					host: base.host,
					accept: 'application/pkcs7-mime, application/json',
					connection: 'close',
					'content-length': String(Buffer.byteLength(body)),
					...headers,
				},
				timeout: PATIENCE,
			});
			request.once('error', reject);
			request.once('timeout', () => request.destroy(new Error('no answer in time')));
			request.once('response', resolve);
			request.end(body);
		});
		const text = await readBody(answer);
		if (answer.statusCode !== 200) throw refusalOf(url, answer.statusCode ?? 0, text);
		return decodeCertsOnly(decodeBase64(text, 'certificate-malformed'));
	} catch (error) {
		if (error instanceof Problem) throw error;
		const reason = error instanceof Error ? error.message : String(error);
		throw new Problem('site-unreachable', `${url} broke off: ${reason}`, { cause: error });
	} finally {
		socket.destroy();
	}
};

const readBody = async (answer: IncomingMessage): Promise<string> => {
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of answer as AsyncIterable<Buffer>) {
		length += part.length;
		if (length > ANSWER_LIMIT)
			throw new Problem('packet-too-large', `The service answered with more than ${ANSWER_LIMIT} bytes.`);
		parts.push(part);
	}
	return Buffer.concat(parts).toString('utf8');
};

/** The service's refusal in its own code and words; shortened, and without the characters that would steer a terminal. */
const refusalOf = (url: string, status: number, text: string): Problem => {
	const { code, detail } = parseRefusal(text);
	const known = errorCodes.find((name): name is ErrorCode => name === code);
	const words = detail.replace(/\p{Cc}/gu, ' ').slice(0, 500);
	return known === undefined
		? new Problem('site-unreachable', `${url} answered with HTTP status ${status}.`)
		: new Problem(known, words);
};

const parseRefusal = (text: string): { code: string; detail: string } => {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === 'object' && value !== null && 'code' in value && 'detail' in value) {
			return { code: String(value.code), detail: String(value.detail) };
		}
	} catch {
		// Not JSON: a proxy's page, or nothing.
	}
	return { code: '', detail: '' };
};
