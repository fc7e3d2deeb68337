import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lifecycle, lifeStates, mayUseCertificate, nextState } from './lifecycle.ts';

test('no event leads from one state to two', () => {
	for (const state of lifeStates) {
		for (const moves of Map.groupBy(
			lifecycle.filter(({ from }) => from.includes(state)),
			({ event }) => event,
		).values())
			assert.equal(new Set(moves.map(({ to }) => to)).size, 1, state);
	}
});

test('every state can be reached from the first, and every one but the first out of retirement', () => {
	const reached = new Set<string>(['expected']);
	for (let before = 0; before !== reached.size;) {
		before = reached.size;
		for (const { from, to } of lifecycle) if (from.some((state) => reached.has(state))) reached.add(to);
	}
	assert.deepEqual([...reached].toSorted(), [...lifeStates].toSorted());
	assert.equal(nextState('retired', 'expect'), 'expected');
});

test('who is kept out stays out until an operator says otherwise', () => {
	for (const state of ['quarantined', 'transferred', 'retired', 'expected'] as const) {
		assert.equal(mayUseCertificate(state), false, state);
		for (const { event, by, from } of lifecycle) {
			if (!from.includes(state) || by === 'operator') continue;
			assert.equal(`${state} ${event}`, 'expected certify', `${by} moves it`);
		}
	}
});

test('a device is never expected again while it may use a certificate', () => {
	for (const state of lifeStates) {
		if (mayUseCertificate(state)) assert.equal(nextState(state, 'expect'), null, state);
	}
	assert.equal(nextState('quarantined', 'expect'), null);
});

test('from each state, where each event leads', () => {
	assert.deepEqual(
		(
			[
				'certify',
				'connect',
				'renew',
				're-key',
				'connect',
				'renew',
				'renewed',
				'quarantine',
				'release',
				'retire',
			] as const
		)
			.reduce<string[]>(
				(path, event) => {
					const at = lifeStates.find((state) => state === path.at(-1)) ?? 'retired';
					return [...path, nextState(at, event) ?? 'nowhere'];
				},
				['expected'],
			)
			.join(' '),
		'expected commissioned active renewing re-keyed active renewing active quarantined active retired',
	);
	assert.equal(nextState('retired', 'release'), null);
	assert.equal(nextState('transferred', 'connect'), null);
});
