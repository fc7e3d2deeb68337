import { request } from 'node:http';
import { join } from 'node:path';

// The container's health check: exit code 0 while `/healthz` on the operator's socket gives 200, else 1.

const socketPath = join(process.env.KEYWARD_DATA || '/data', 'keyward.sock');

/** @param {string} why */
const unhealthy = (why) => {
	console.error(`keyward: not healthy: ${why}`);
	process.exit(1);
};

request({ socketPath, path: '/healthz', timeout: 8_000 }, (answer) => {
	let text = '';
	answer.setEncoding('utf8').on('data', (part) => (text += part));
	answer.once('end', () => {
		if (answer.statusCode !== 200) unhealthy(text);
	});
})
	.once('timeout', () => unhealthy('no answer within 8 s'))
	.once('error', ({ message }) => unhealthy(message))
	.end();
