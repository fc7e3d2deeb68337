import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const say = `
	import { registerHooks } from 'node:module';
	const found = new Set();
	registerHooks({
		resolve(specifier, context, next) {
			const { url, format } = next(specifier, context);
			found.add(context.parentURL + ' ' + specifier + ' ' + url + ' ' + format);
			return { url, format, shortCircuit: true };
		},
	});
	process.on('exit', () => console.log(JSON.stringify([...found].sort())));
`;

/** What each import of the link worker is found to be, with the type of its source. */
const found = (...more: string[]): readonly string[] => {
	const args = [...more, `--import=data:text/javascript,${encodeURIComponent(say)}`, 'packages/service/mqtt/serve.ts'];
	const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
	return JSON.parse(stdout) as string[];
};

test('what the tests load is what Node finds by itself', () => {
	const [own, nodes] = [found('--import=./scripts/lib/resolve.mjs'), found()];
	assert.ok(nodes.length > 200);
	assert.deepEqual(own, nodes);
});
