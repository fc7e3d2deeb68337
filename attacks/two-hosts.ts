import { attack } from './harness/attack.ts';

export default attack({
	title: 'a request with two Host headers, which a proxy takes for one host and the site for another',
	requirements: ['input-refused'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/http/host-header.ts',
				find: 'if (hosts.length > 1)',
				replace: 'if (hosts.length < 0)',
			},
		],
		because: 'the protocol asks it at every level (RFC 9112 section 3.2)',
	},
	refusal: 'request-malformed',
	run: async ({ site }) => {
		const socket = await site.tls(site.httpsPort, { rejectUnauthorized: false });
		socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: other.example\r\nConnection: close\r\n\r\n');
		let text = '';
		for await (const part of socket.setEncoding('utf8')) text += String(part);
		const [line = ''] = text.split('\r\n');
		const [, code = null] = /"code":"([a-z-]+)"/.exec(text) ?? [];
		return { succeeded: line.includes(' 200 '), saw: line, refusal: code };
	},
});
