import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { attack } from './harness/attack.ts';
import { startReaderConsole } from './harness/reader-console.ts';

export default attack({
	title:
		"another site's page reaches the reader's own console by a name that leads to 127.0.0.1, and asks it for readings",
	requirements: ['explicit-readers'],
	attacker: 'network',
	site: null,
	given: {
		patch: [
			{
				file: 'packages/client/console/reader-console.ts',
				find: 'if (!tokens.isPage(tokenOf(request)))',
				replace: 'if (request.url === undefined)',
			},
			{
				file: 'packages/client/console/reader-console.ts',
				find: "if (headers.origin !== `http://${authority}` || headers['keyward-request'] !== '1')",
				replace: "if (headers['keyward-request'] !== '1')",
			},
		],
		because:
			"the page's token and its origin are looked at as well; to the browser, the name that was bound again is the page's own",
	},
	off: {
		patch: [
			{
				file: 'packages/client/console/reader-console.ts',
				find: 'if (headers.host !== authority)',
				replace: 'if (headers.host === undefined)',
			},
		],
		because: "the reader's own program is asked nothing by a policy",
	},
	refusal: 'request-forged',
	run: async (tools) => {
		const { port } = await startReaderConsole(tools);
		const host = `evil.example:${port}`;
		const asking = request({
			...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/operations/readings.read', agent: false },
			headers: { host, origin: `http://${host}`, 'keyward-request': '1', 'sec-fetch-site': 'same-origin' },
		});
		const answered = once(asking, 'response') as Promise<[IncomingMessage]>;
		asking.end('{}');
		const [response] = await answered;
		let text = '';
		for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
		return {
			succeeded: text.includes('secret'),
			saw: `${response.statusCode} ${text.slice(0, 160)}`,
			refusal: /"code":"([a-z-]+)"/.exec(text)?.[1] ?? null,
		};
	},
});
