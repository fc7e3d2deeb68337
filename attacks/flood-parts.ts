import { once } from 'node:events';
import { attack } from './harness/attack.ts';

/** Bytes of the body; one more than the site reads would be too many. */
const size = 500_000;

export default attack({
	title:
		'a stranger sends a body in parts of a byte each, and each of them is kept as an object until the body is whole',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/http/fair-parts.ts',
				find: 'Readable.from(fairParts(body as AsyncIterable<Buffer>))',
				replace: 'body',
			},
		],
		because: 'no level switches it off',
	},
	refusal: 'no part was kept by itself',
	run: async ({ site }) => {
		const socket = await site.tls(site.httpsPort, { rejectUnauthorized: false });
		let said = '';
		socket.on('data', (part: Buffer) => (said += part.toString()));
		const before = site.memory();
		socket.write(
			[
				...['POST /nothing HTTP/1.1', `host: localhost:${site.httpsPort}`, 'connection: close'],
				...['content-type: application/json', 'transfer-encoding: chunked', '', ''],
			].join('\r\n'),
		);
		socket.write('1\r\n1\r\n'.repeat(size));
		socket.write('0\r\n\r\n');
		await once(socket, 'close');
		const grown = (site.memory() - before) / 1_048_576;
		const [, code = null] = /"code":"([a-z-]+)"/.exec(said) ?? [];
		const succeeded = grown > 64;
		return {
			succeeded,
			saw: `${code}, and the site has ${grown.toFixed(0)} MiB more than before`,
			refusal: succeeded ? null : 'no part was kept by itself',
		};
	},
});
