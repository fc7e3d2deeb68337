import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '@keyward/core/policy';
import type { Principal, StoredFloor, UpdateReport } from '@keyward/core/port';
import { floorFacts } from './floor-facts.ts';

const at = 1_000_000;
const subject = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
const device: Principal = { ...subject, class: 'probe', state: 'active', part: 'ek:1', at };
const trial: Fact = {
	...{ subject, claim: 'rollback-refused', value: 'stored-floor', strength: 'observed' },
	...{ source: 'rollback trial', at, until: at + 1000 },
};
const byTpm: Fact = { ...trial, value: 'hardware-floor', strength: 'attested', source: 'registrar' };
const said: UpdateReport = {
	...{ application: 'hall', device: 'probe-1', running: '2.0.0', floor: 3, state: 'confirmed', lastError: null, at },
	...{ keys: null, refused: null },
};
const counted: StoredFloor = { part: 'ek:1', application: 'hall', device: 'probe-1', floor: 3, origin: 1n, at };

interface Weighed {
	readonly report?: Partial<UpdateReport>;
	readonly floor?: Partial<StoredFloor>;
	readonly doubted?: boolean;
	readonly now?: number;
}

/** The facts in words, without what the device claims. */
const weigh = (
	known: readonly Fact[],
	{ report = {}, floor = {}, doubted = false, now = at }: Weighed = {},
): string[] =>
	floorFacts(
		'hall',
		[device],
		{
			...{ known, counted: [{ ...counted, ...floor }], said: () => ({ ...said, ...report }) },
			floorOf: (_className, version) => ({ '1.0.0': 1, '2.0.0': 3 })[version] ?? null,
			doubted: new Set(doubted ? ['probe-1'] : []),
		},
		now,
	)
		.filter(({ source }) => source !== 'device')
		.map(({ strength, value }) => `${strength} ${String(value)}`);

test('a floor in hardware counts where the device was seen to refuse, and as claimed where it was not', () => {
	assert.deepEqual(weigh([trial]), ['observed stored-floor']);
	assert.deepEqual(weigh([byTpm]), ['claimed hardware-floor']);
	assert.deepEqual(weigh([trial, byTpm]), ['attested hardware-floor', 'observed hardware-floor']);
	const took = { ...trial, value: 'it asked for a release below its floor' };
	assert.deepEqual(weigh([took, byTpm]), ['claimed hardware-floor', 'observed it asked for a release below its floor']);
	const undone = { ...byTpm, value: 'removed and made again' };
	assert.deepEqual(weigh([trial, undone]), ['attested removed and made again', 'observed stored-floor']);
});

test('what is too old, or by a part that is believed no more, makes no floor one in hardware', () => {
	const old = { ...byTpm, until: at - 1 };
	assert.deepEqual(weigh([trial, old]), ['observed stored-floor']);
	assert.deepEqual(weigh([trial, byTpm], { doubted: true }), ['observed stored-floor']);
	assert.deepEqual(weigh([trial, byTpm], { now: at + 1000 }), ['observed stored-floor']);
});

test('what a device runs and says agrees with what its TPM counts, or it is named', () => {
	const named = (of: Weighed) => weigh([trial, byTpm], of).at(-1);
	assert.equal(
		named({ report: { running: '1.0.0' } }),
		'observed it runs 1.0.0 of security floor 1, and its TPM counts 3',
	);
	assert.equal(named({ report: { floor: 4 } }), 'observed it confirmed security floor 4, and its TPM counts 3');
	assert.equal(named({ floor: { floor: 2 } }), 'observed it confirmed security floor 3, and its TPM counts 2');
	// It confirmed that after its TPM spoke last.
	assert.equal(named({ report: { floor: 4, at: at + 1 } }), 'observed hardware-floor');
	assert.equal(named({ report: { running: '9.9.9' } }), 'observed hardware-floor', 'withdrawn: nobody can tell');
});
