import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisFigures, recorded, when } from './words.ts';

test('labels of an axis are told apart, however small or large its values', () => {
	const step = 2e-9;
	assert.deepEqual(axisFigures([9.8e-8, 1e-7, 1.02e-7], step), ['0.98e-7', '1.00e-7', '1.02e-7']);
	assert.deepEqual(axisFigures([0, 1e-7, 2e-7], 1e-7), ['0', '1e-7', '2e-7']);
	assert.deepEqual(axisFigures([0, 2.5, 5], 2.5), ['0', '2.5', '5.0']);
	assert.deepEqual(axisFigures([20.1, 20.15], 0.05), ['20.10', '20.15']);
	assert.deepEqual(axisFigures([-1500, 0, 1500], 1500), ['-1,500', '0', '1,500']);
	assert.deepEqual(axisFigures([2e9, 2.5e9], 5e8), ['2.0e9', '2.5e9']);
	assert.deepEqual(axisFigures([], 1), []);
});

test('moments of a record are dates, also within JSON, and nothing else is', () => {
	const at = Date.UTC(2026, 4, 3, 12, 30, 5);
	assert.equal(recorded('opened', String(at)), when(at));
	assert.equal(recorded('since', at), when(at));
	assert.equal(recorded('number', at), String(at));
	assert.equal(recorded('from', 12), '12');
	assert.equal(
		recorded('text', `{"closed":{"at":${at},"reason":"x"},"times":${at}}`),
		`{"closed":{"at":"${when(at)}","reason":"x"},"times":${at}}`,
	);
	assert.equal(recorded('text', '{"at":'), '{"at":');
});
