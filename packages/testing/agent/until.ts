import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until it is so; fails with what was waited for. */
export const until = async (what: string, met: () => boolean | Promise<boolean>, most = 120_000): Promise<void> => {
	for (const end = Date.now() + most; !(await met());) {
		if (Date.now() > end) assert.fail(`not within ${most} ms: ${what}`);
		await sleep(10);
	}
};
