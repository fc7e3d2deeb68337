import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisFigures } from './words.ts';

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
