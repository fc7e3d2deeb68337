import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, type Instant, instant } from '@keyward/core';
import { type Fact, parsePolicy, postureOf, type RollUp } from '@keyward/core/policy';
import type { PrincipalName } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { createKeptPostures, type KeptPostures } from './kept-postures.ts';
import type { PrincipalEvidence } from './principal-evidence.ts';
import { watchWrites } from './watch-writes.ts';

const policy = parsePolicy(`
application: hall
level: { authenticity: 3, authorization: 2, integrity: 2, confidentiality: 3, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
`);

const device = (id: string): PrincipalName => ({ kind: 'device', application: 'hall', id });
const linked = (id: string, at: number): Fact => ({
	subject: device(id),
	...{ claim: 'link-encryption', value: 'tls1.3', strength: 'observed', source: 'listener', at },
});

/** A store with devices, and postures kept of it as of a large fleet; `looked`: who was appraised, in order. */
const open = async (t: { after(then: () => Promise<void>): void }, ids: readonly string[]) => {
	let now: Instant = instant('2026-11-22T12:00:00Z');
	const { store, stale } = watchWrites(openMemoryStore());
	const looked: string[] = [];
	let failing = false;
	let inForce = policy;
	const principals: PrincipalEvidence = {
		keysOf: async ({ id }) => String((await store.principal(device(id)))?.state),
		neighbours: async ({ id }) => (id === 'a' ? [device('b')] : []),
		of: async (_, all) => {
			if (failing) throw new Error('the disk is away');
			looked.push(...all.map(({ id }) => id));
			return Promise.all(
				all.map(async ({ kind, application, id }) => ({
					component: { kind, application, id },
					facts: await store.factsOf({ kind, application, id }),
				})),
			);
		},
	};
	const kept: KeptPostures = createKeptPostures({
		...{ store, principals, stale, clock: { now: () => now }, small: -1 },
		policies: {
			mustHave: () => inForce,
			epochs: () => [{ application: 'hall' }],
		},
		shared: { look: async () => async () => [] },
		report: (error) => assert.fail(String(error)),
	});
	t.after(() => kept.stop());
	for (const [index, id] of ids.entries()) {
		const hash = new Uint8Array(32).fill(index);
		const principal = device(id);
		await store.expect(
			{ ...principal, class: 'probe', part: null, state: 'expected', at: now },
			{ hash, principal, expires: now + 1, spentFor: null },
		);
		await store.setState(principal, 'expected', 'commissioned', now);
	}
	/** Who holds this requirement below level 4 now, and how it is said. */
	const weak = async (requirement: string): Promise<string[]> => {
		const [one] = await kept.of('hall');
		assert(one !== undefined);
		return postureOf(one.rollUp)
			.objectives.flatMap(({ weakest }) => weakest)
			.filter((found) => found.requirement === requirement)
			.map(({ component, reason }) => `${component.id}: ${reason}`);
	};
	return {
		...{ store, kept, looked, weak },
		pass: (by: number) => {
			now += by;
		},
		now: () => now,
		fail: (is: boolean) => {
			failing = is;
		},
		become: (other: typeof policy) => {
			inForce = other;
		},
	};
};

test('what is written about one device is looked at again, and nothing else; the same by time alone', async (t) => {
	const { store, looked, weak, pass, now } = await open(t, ['a', 'b', 'c']);
	await store.putFacts(['a', 'b', 'c'].map((id) => linked(id, now())));
	assert.deepEqual(await weak('link-encryption'), []);
	assert.deepEqual(looked.splice(0), ['a', 'b', 'c']);
	await weak('link-encryption');
	assert.deepEqual(looked.splice(0), []);
	await store.putFacts([{ ...linked('c', now()), value: 'tls1.2-aead' }]);
	assert.deepEqual(await weak('link-encryption'), ['c: observed tls1.2-aead, asked tls1.3']);
	assert.deepEqual(looked.splice(0), ['c']);
	pass(days(200));
	assert.deepEqual((await weak('link-encryption')).length, 3);
	assert.deepEqual(looked.toSorted(), ['a', 'b', 'c']);
});

test('a clock that is set back makes evidence of the future, and it counts for none; set right, it counts again', async (t) => {
	const { store, weak, pass, now } = await open(t, ['a']);
	await store.putFacts([linked('a', now())]);
	assert.deepEqual(await weak('link-encryption'), []);
	pass(0 - days(3));
	assert.match((await weak('link-encryption')).join(), /^a: evidence is dated .*, in the future$/);
	pass(days(3));
	assert.deepEqual(await weak('link-encryption'), []);
});

test('a device that ends is gone at once, and who shared a key with it is looked at', async (t) => {
	const { store, kept, looked, weak, now } = await open(t, ['a', 'b', 'c']);
	await weak('unique-key');
	looked.splice(0);
	await store.retire(device('a'), { at: now(), cause: 'unspecified', reason: 'test' });
	const left = await weak('unique-key');
	assert.deepEqual(
		left.map((text) => text[0]),
		['b', 'c'],
	);
	assert.deepEqual(looked, ['b']);
	assert.deepEqual(
		(await kept.of()).map(({ pending }) => pending),
		[0],
	);
});

test('what failed is tried again, and an answer is refused rather than given of before', async (t) => {
	const { store, weak, fail, now } = await open(t, ['a']);
	await weak('unique-key');
	await store.putFacts([{ ...linked('a', now()), value: 'tls1.2-aead' }]);
	fail(true);
	await assert.rejects(weak('link-encryption'), /the disk is away/);
	fail(false);
	assert.deepEqual(await weak('link-encryption'), ['a: observed tls1.2-aead, asked tls1.3']);
});

test('another policy is another appraisal; what one would take is asked beside it', async (t) => {
	const { kept, looked, become } = await open(t, ['a', 'b']);
	const levelOf = ({ policy: of }: RollUp): number => of.level.authenticity;
	const [before] = await kept.of('hall');
	looked.splice(0);
	const other = { ...policy, level: { ...policy.level, authenticity: 4 as const } };
	assert.equal(levelOf(await kept.under(other)), 4);
	assert.deepEqual(looked.splice(0), ['a', 'b']);
	assert.equal((await kept.of('hall'))[0]?.rollUp, before?.rollUp);
	become(other);
	assert.deepEqual(
		(await kept.of('hall')).map(({ rollUp }) => levelOf(rollUp)),
		[4],
	);
	assert.deepEqual(looked, ['a', 'b']);
});
