import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { runPlanted } from '@keyward/testing/faults/run-planted';

// A year of counts, one every five minutes, and a year of weather with 1 % faults at random: source → agent → service.
// `npm run soak [SEED]`; without one the day is the seed, and it is said.

// And kill -9 of an agent at every moment of an update, with each installer; and every page of the console.

const seed = Number(process.argv[2] ?? Math.floor(Date.now() / 86_400_000));

test(`a year with faults planted at random, seed ${seed}`, async (t) => {
	for (const outcome of await runPlanted(t, { seed, sentences: 105_120, rows: 8759, rate: 0.01 })) {
		const { name, readings, planted, wrong, falselySuspected, tooEarly, counters } = outcome;
		const faults = Object.values(planted).reduce((sum, count) => sum + count, 0);
		const share = ((100 * falselySuspected) / (readings - faults)).toFixed(4);
		console.log(`${name}: ${readings} readings, ${faults} of them faulty`);
		for (const [fault, count] of Object.entries(planted)) console.log(`  ${String(count).padStart(6)}  ${fault}`);
		console.log(`  refused by the site ${JSON.stringify(counters.refused)}`);
		console.log(`  passed over by the agent ${JSON.stringify(counters.complaints)}`);
		console.log(`  stuck before that could be known: ${tooEarly}; falsely suspected: ${falselySuspected} (${share} %)`);
		assert.deepEqual(wrong.slice(0, 20), [], `${name}: ${wrong.length} are not as they were to be`);
	}
});

/** All that a test file can do, where `npm test` does some of it. */
const sweep = (name: string): void => {
	const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
	// Not as a child of this run: it is a test run by itself.
	const env = { ...process.env, KEYWARD_SWEEP: 'all', KEYWARD_SEED: String(seed), NODE_TEST_CONTEXT: undefined };
	const { status } = spawnSync(process.execPath, ['--test', file], { stdio: 'inherit', env });
	assert.equal(status, 0);
};

test('kill -9 at every moment of an update, with each installer', () =>
	sweep('packages/agent/update/installers.test.ts'));

test('random and damaged bytes at the MQTT endpoint', () =>
	sweep('packages/service/mqtt/conformance/conformance.test.ts'));

test('a batch of fifty devices, killed midway', () => sweep('packages/cli/batch.test.ts'));

test('kill -9 of the store', () => sweep('packages/store/crash.test.ts'));

test('rollovers of CAs and keys, cut off at every step', () =>
	sweep('packages/service/authority/rollover-crash.test.ts'));

test('keys and containers cut at every length, and changed at every offset', () =>
	sweep('packages/scan/hostile.test.ts'));

test('plans of drawn needs and prices, against all choices', () => sweep('packages/cli/plan.test.ts'));

test('the console is built of what core is now', () => sweep('packages/console/console.test.ts'));

test('rollouts to 1,000 simulated devices', () => sweep('packages/core/update/rollout.test.ts'));

test('more pages of the console, for a keyboard, a screen reader and a phone', () =>
	sweep('packages/console/browser.test.ts'));

test('a site from its first day on, in the console: what people do, and a look at every page', () =>
	sweep('packages/console/journeys.soak.ts'));

test('100,000 devices scrolled in the console', () => sweep('packages/console/scrolling.soak.ts'));

test('1,992 published keys of a flawed generator, each named; 10,000 healthy keys and as many PSKs: nothing', () => {
	sweep('packages/core/keycheck/published-keys.test.ts');
	sweep('packages/core/keycheck/checks.test.ts');
	sweep('packages/core/keycheck/psk.test.ts');
});

test('containers, each damaged in four ways', () => sweep('scripts/keycheck-corpus/corpus.test.ts'));
