import { fileURLToPath } from 'node:url';
import { run } from '../packages/cli/bin/run.mjs';

// `npm run conformance`: the MQTT suite alone; `npm run conformance -- bridge …`: lets the suites of others in.

const root = fileURLToPath(new URL('../', import.meta.url));
const [verb, ...args] = process.argv.slice(2);
const what =
	verb === 'bridge'
		? ['scripts/conformance-bridge.ts', ...args]
		: ['--test', '--test-reporter=spec', 'packages/service/mqtt/conformance/conformance.test.ts'];
process.exit(await run(process.execPath, what, { cwd: root }));
