import { readFileSync } from 'node:fs';
import { afterEach } from 'node:test';

// Loaded first in the process of each test file, or of several. `--test-timeout` ends a test, not a file whose tests have ended and which a child,
// a server or a timer keeps alive: such a file would hold `npm test` for ever.

/** Longer than any test may take. */
const MINUTES = 15;

if (process.env['NODE_TEST_CONTEXT'] !== undefined) {
	const limit = setTimeout(() => {
		const alive = process.getActiveResourcesInfo().join(', ');
		console.error(`${process.argv[1]}: no test ended for ${MINUTES} minutes; what kept it alive: ${alive}`);
		try {
			const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
			for (const pid of children.split(' ').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
		} catch {
			// Not Linux, or a child that just ended.
		}
		process.exit(1);
	}, MINUTES * 60_000).unref();
	afterEach(() => void limit.refresh());
}
