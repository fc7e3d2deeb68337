import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Level, PostureChange } from '@keyward/core/policy';
import { fellSince, whyChanged } from './posture-changes-view.ts';

const cause: PostureChange['cause'] = {
	...{ requirement: 'link-encryption', reason: 'observed tls1.2-aead, asked tls1.3', count: 3 },
	component: { kind: 'device', application: 'hall', id: 'probe-1' },
};
const change = (from: Level | null, held: Level, required: Level = 2): PostureChange => ({
	...{ application: 'hall', objective: 'confidentiality', at: 1, required, held, cause: held === 4 ? null : cause },
	from: from === null ? null : { required: 2, held: from, cause },
});

test('a change says why: what holds an objective down, or what did before it rose', () => {
	const weak = 'link-encryption at probe-1 and 2 more: observed tls1.2-aead, asked tls1.3';
	assert.equal(whyChanged(change(3, 1)), weak);
	assert.equal(whyChanged(change(1, 4)), `mended, or no longer asked: ${weak} before`);
	const unknown = change(1, 4);
	const from = { required: 2, held: 1, cause: cause && { ...cause, reason: 'no evidence' } } as const;
	assert.match(
		whyChanged({ ...unknown, from }),
		/^evidence came, or it is no longer asked: link-encryption at probe-1 .*no evidence before$/,
	);
	assert.equal(whyChanged(change(null, 4)), 'first seen; nothing is weak');
	assert.equal(whyChanged(change(2, 2, 3)), 'the policy asks for another level');
});

test('what fell and rose again is no finding; what is lower than it was, or than is required, is one', () => {
	assert.equal(fellSince([]), false);
	assert.equal(fellSince([change(3, 1), change(1, 3)]), false);
	assert.equal(fellSince([change(4, 3)]), true);
	assert.equal(fellSince([change(null, 1)]), true);
	assert.equal(fellSince([change(null, 2)]), false);
});
