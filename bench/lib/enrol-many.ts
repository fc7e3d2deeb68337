import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { findServiceCa } from '@keyward/agent';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr, decodeCertsOnly, encodePem, isIssuedBy } from '@keyward/core/format';

// Many devices for a measurement: EST (RFC 7030) as the agent speaks it, but many enrolments on one connection, no file of a key, and no
// second key. An agent's own commissioning takes four connections and some 40 ms of processor time (docs/speed.md): seven minutes for
// ten thousand.

const AT_ONCE = 4;

export interface Enrolled {
	readonly id: string;
	/** PEM. */
	readonly key: string;
	readonly certificate: string;
}

const ask = (
	agent: Agent,
	url: string,
	headers: Readonly<Record<string, string>>,
	body: ((binding: string) => Promise<string>) | null,
): Promise<Uint8Array[]> =>
	new Promise((resolve, reject) => {
		const sent = request(url, { agent, method: body === null ? 'GET' : 'POST', headers });
		sent.once('error', reject);
		sent.once('response', (answer) => {
			const parts: Buffer[] = [];
			answer.on('data', (part: Buffer) => parts.push(part));
			answer.once('error', reject);
			answer.once('end', () => {
				const text = Buffer.concat(parts).toString('utf8');
				if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode} ${text}`));
				else resolve(decodeCertsOnly(Uint8Array.from(Buffer.from(text, 'base64'))));
			});
		});
		if (body === null) return void sent.end();
		sent.once('socket', (socket: TLSSocket) => {
			const write = (): void => {
				const binding = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64');
				body(binding).then((text) => sent.end(text), reject);
			};
			if (socket.connecting || socket.getCipher() === undefined) socket.once('secureConnect', write);
			else write();
		});
	});

/** In the order of the strings. */
export const enrolMany = async (
	strings: readonly string[],
): Promise<{ readonly serviceCa: string; readonly enrolled: readonly Enrolled[] }> => {
	const [first] = strings;
	if (first === undefined) return { serviceCa: '', enrolled: [] };
	const { est, serviceCa: pin } = parseCommissioning(first);
	const serviceCa = await findServiceCa(est, pin);
	const base = `${est.replace(/\/$/, '')}/.well-known/est`;
	const enrolled: Enrolled[] = [];
	const queue = strings.entries();
	const worker = async (): Promise<void> => {
		const agent = new Agent({
			keepAlive: true,
			maxSockets: 1,
			ca: serviceCa,
			servername: 'localhost',
			minVersion: 'TLSv1.3',
		});
		try {
			const authorities = await ask(agent, `${base}/cacerts`, {}, null);
			for (const [index, string] of queue) {
				const { token, ...name } = parseCommissioning(string);
				const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
				const signer = {
					publicKey: Uint8Array.from(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
					custody: 'software',
					sign: async (bytes: Uint8Array) => Uint8Array.from(sign('sha256', bytes, privateKey)),
				} as const;
				const headers = {
					authorization: `Basic ${Buffer.from(`keyward:${token}`).toString('base64')}`,
					'content-type': 'application/pkcs10',
				};
				const [leaf] = await ask(agent, `${base}/simpleenroll`, headers, async (challengePassword) =>
					Buffer.from(await buildCsr({ subject: principalSubject(name), challengePassword }, signer)).toString(
						'base64',
					),
				);
				const issuer = leaf && authorities.find((one) => isIssuedBy(leaf, one));
				if (leaf === undefined || issuer === undefined) throw new Error(`no certificate for ${name.id}`);
				enrolled[index] = {
					id: name.id,
					key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
					certificate: [leaf, issuer].map((der) => encodePem('CERTIFICATE', der)).join(''),
				};
			}
		} finally {
			agent.destroy();
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
	return { serviceCa, enrolled };
};
