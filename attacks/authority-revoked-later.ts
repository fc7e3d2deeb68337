import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { revocationsOf } from '@keyward/core/attest';
import { parseCommissioning } from '@keyward/core/enrol';
import { buildCsr } from '@keyward/core/format';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { believing, type Certified, makeCertificate, makePart } from './harness/chain.ts';
import { signerFor } from './harness/est.ts';

let made: { readonly root: Certified; readonly middle: Certified; readonly part: Certified } | undefined;

export default attack({
	title: 'a part whose authority was revoked after it enrolled still counts as vouched for',
	requirements: ['key-custody'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/core/attest/earlier-evidence.ts',
				find: 'path.some((one) => revoked.has(one)) ||',
				replace: 'path.length < 0 ||',
			},
		],
		because: 'no parameter says for how long somebody is believed',
	},
	refusal: 'evidence-missing',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const middle = await makeCertificate({ name: 'middle', by: root, authority: 'unlimited' });
		made = { root, middle, part: await makePart(middle) };
		return {
			...believing([root.der]),
			policies: [
				`${hallPolicy.replaceAll('software', 'software, pkcs11')}tighten: { key-custody: hardware-endorsed }\n`,
			],
		};
	},
	run: async ({ site, after }) => {
		if (made === undefined) throw new Error('no part was made');
		const { root, middle, part } = made;
		const expected = { application: 'hall', device: 'probe-1', part: 'serial:0042' };
		const { commissioning } = await site.ask('device.expect', expected);
		const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
		after(() => agent.destroy());
		const authorization = `Basic ${Buffer.from(`${randomBytes(2).toString('hex')}:${parseCommissioning(commissioning).token}`).toString('base64')}`;
		const post = async (operation: string, type: string, body: string) => {
			const asked = request(`${site.url}/.well-known/est/${operation}`, {
				...{ method: body === '' ? 'GET' : 'POST', agent },
				headers: { authorization, 'content-type': type },
			});
			asked.end(body);
			const [answer] = (await once(asked, 'response')) as [IncomingMessage];
			const socket = asked.socket as TLSSocket;
			const exporter = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
			let text = '';
			for await (const piece of answer.setEncoding('utf8')) text += piece;
			return { status: answer.statusCode ?? 0, text, exporter };
		};
		const { exporter } = await post('csrattrs', 'text/plain', '');
		const certificates = [part.der, middle.der].map((der) => Buffer.from(der).toString('base64'));
		const shown = await post('endorsement', 'application/json', JSON.stringify({ certificates }));
		const bound = { subject: [], challengePassword: exporter.toString('base64') };
		const csr = Buffer.from(await buildCsr(bound, signerFor(part.privateKey))).toString('base64');
		const enrolled = await post('simpleenroll', 'application/pkcs10', csr);
		if (shown.status !== 204 || enrolled.status !== 200)
			throw new Error(`the part did not get in: ${shown.text} ${enrolled.text}`);
		await site.restart(undefined, believing([root.der], revocationsOf(middle.der)).options);
		const { findings } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
		const found = findings.find(({ requirement }) => requirement === 'key-custody');
		return {
			succeeded: found === undefined,
			saw: found === undefined ? 'the device still counts as endorsed' : found.reason,
			refusal: found?.code ?? null,
		};
	},
});
