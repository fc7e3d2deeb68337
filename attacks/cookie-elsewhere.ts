import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title: "who copied a session's cookie uses it from another network, while its person is signed in",
	requirements: ['session-limits'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/person.ts',
				find: 'if (!isSamePlace(session, place))',
				replace: 'if (isSamePlace === null)',
			},
		],
		because: 'where a cookie is taken is looked at at every level',
	},
	refusal: 'session-elsewhere',
	run: async ({ site }) => {
		const anna = await joinSite(site, 'anna', 'owner');
		const cookie = anna.joined.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
		const host = `localhost:${site.httpsPort}`;
		const request = httpsRequest({
			...{ host: '127.0.0.1', port: site.httpsPort, servername: 'localhost', agent: false, rejectUnauthorized: false },
			// Another network of this machine.
			...{ localAddress: '127.0.9.1', method: 'POST', path: '/v1/operations/audit.list' },
			headers: { host, cookie, origin: `https://${host}`, 'content-type': 'application/json', 'keyward-request': '1' },
		});
		const answered = once(request, 'response') as Promise<[IncomingMessage]>;
		request.end('{"limit":100}');
		const [response] = await answered;
		let text = '';
		for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
		const refusal = /"code":"([a-z-]+)"/.exec(text)?.[1] ?? null;
		const own = await anna.call('audit.list', { limit: 100 });
		if (own.status !== 200) throw new Error(`the person's own browser is refused: ${own.text}`);
		// It is on record where somebody tried it.
		const isTold = refusal === null || /"operation":"session\.elsewhere".*127\.0\.9\.1/.test(own.text);
		return {
			succeeded: response.statusCode === 200,
			saw: `${response.statusCode} ${text.slice(0, 160)}`,
			refusal: isTold ? refusal : null,
		};
	},
});
