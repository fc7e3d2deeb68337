import { chmod, mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'another user of the machine listens where the operator looks for the site, and answers in its stead',
	requirements: ['service-authentication'],
	attacker: 'operator',
	off: {
		patch: [
			{
				file: 'packages/client/own-socket.ts',
				find: '(folder.mode & OTHERS_MAY_WRITE) !== 0',
				replace: 'folder.mode === 0',
			},
		],
		because: 'whom the operator believes is no parameter',
	},
	refusal: 'service-not-trusted',
	site: null,
	run: async ({ cli, folder, after }) => {
		const data = join(folder, 'shared');
		await mkdir(data);
		await chmod(data, 0o777);
		let told = '';
		const server = createServer((request, response) => {
			request.on('data', (part: Buffer) => (told += part.toString()));
			request.on('end', () => response.setHeader('content-type', 'application/json').end('[]'));
		});
		server.listen(join(data, 'keyward.sock'));
		await once(server, 'listening');
		after(() => {
			server.closeAllConnections();
			server.close();
		});
		const { code } = await cli(['device', 'list', '--json'], { data });
		const saw = told === '' ? 'nothing was said on the socket' : `the false site was told ${told}`;
		return { succeeded: told !== '', saw, refusal: code };
	},
});
