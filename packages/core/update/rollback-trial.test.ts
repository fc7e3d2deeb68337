import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueTrial, isRefusal, TRIAL_AGAIN, TRIAL_EVERY } from './rollback-trial.ts';

const now = Date.UTC(2026, 10, 27);
const image = (className: string, version: string, securityFloor: number) => ({
	...{ class: className, path: `releases/hall/${className}/${version}/image`, securityFloor },
});
const images = [image('probe', '1.0', 1), image('probe', '2.0', 2), image('probe', '3.0', 3), image('pump', '9.0', 2)];
const rests = { class: 'probe', floor: 3, state: 'confirmed' };

test('a device that rests is tried with the highest release below its floor, in its time', () => {
	const due = { path: 'releases/hall/probe/2.0/image', at: now };
	assert.deepEqual(dueTrial(images, rests, null, now), due);
	for (const state of ['downloading', 'installed', 'idle', 'anything'])
		assert.equal(dueTrial(images, { ...rests, state }, null, now), null, state);
	assert.equal(dueTrial(images, { ...rests, floor: 1 }, null, now), null, 'nothing is below');
	assert.equal(dueTrial(images, { ...rests, class: 'valve' }, null, now), null, 'no release is for it');
	const refused = (ago: number) => dueTrial(images, rests, { at: now - ago, refused: true }, now);
	assert.deepEqual([refused(TRIAL_EVERY - 1), refused(TRIAL_EVERY)], [null, due]);
	assert.deepEqual(dueTrial(images, rests, { at: now - TRIAL_AGAIN, refused: false }, now), due);
	// A clock that was set back does not put it off for ever.
	assert.deepEqual(dueTrial(images, rests, { at: now + 1, refused: true }, now), due);
});

test('what counts is the refusal of this very release, for its floor', () => {
	const trial = { path: 'releases/hall/probe/2.0/image', at: now };
	assert.ok(isRefusal(trial, { release: trial.path, code: 'release-below-floor' }));
	assert.ok(!isRefusal(trial, { release: trial.path, code: 'release-refused' }));
	assert.ok(!isRefusal(trial, { release: 'releases/hall/probe/1.0/image', code: 'release-below-floor' }));
	assert.ok(!isRefusal(trial, null));
});
