import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { alikeRows } from './alike-rows.ts';
import { findingsOf, named, psk } from './keycheck.fixture.ts';
import { isSimple, SAVING, simplestBits } from './psk-model.ts';

interface Case {
	readonly name: string;
	readonly psks: readonly {
		readonly device: string;
		readonly hex?: string;
		readonly text?: string;
		/** Algorithm, encoding of the input, input, octets kept. */
		readonly digest?: readonly [string, 'hex' | 'text', string, number];
	}[];
	readonly checks: readonly string[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../../vectors/keycheck/psk.json', import.meta.url), 'utf8')) as {
	readonly cases: readonly Case[];
};

const secretOf = ({ hex, text, digest }: Case['psks'][number]): Uint8Array => {
	if (digest !== undefined) {
		const [algorithm, encoding, input, length] = digest;
		return hash(algorithm, Buffer.from(input, encoding === 'hex' ? 'hex' : 'utf8'), 'buffer').subarray(0, length);
	}
	return text === undefined ? Buffer.from(hex ?? '', 'hex') : Buffer.from(text);
};

for (const { name, psks, checks } of cases) {
	test(`psk vector: ${name}`, () => {
		const findings = findingsOf(psks.map((one) => psk(one.device, secretOf(one))));
		assert.deepEqual(named(findings).toSorted(), checks.toSorted());
		for (const { members } of findings) assert.equal(members.length, psks.length);
	});
}

test('a list whose secrets have most octets in common is found by its open bits', () => {
	const common = randomBytes(32);
	const list = Array.from({ length: 20 }, (_, index) => {
		const secret = Uint8Array.from(common);
		// Nine octets, spread so that no end of the secret is the same.
		for (let at = 0; at < 27; at += 3) secret.set(randomBytes(1), at);
		secret.set(randomBytes(1), 31);
		return psk(`d-${index}`, secret);
	});
	assert.deepEqual(findingsOf(list), []);
	const narrower = list.map((one) => ({ ...one, secret: Uint8Array.from(one.secret).fill(7, 20, 29) }));
	const [finding, ...rest] = findingsOf(narrower);
	assert.equal(finding?.check, 'psk-entropy');
	assert.match(finding?.detail ?? '', /64 bits/);
	assert.equal(finding?.members.length, 20);
	assert.deepEqual(rest, []);
	assert.deepEqual(findingsOf(narrower.slice(0, 7)), []);
});

test('the models save what they claim', () => {
	fc.assert(
		fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (secret) => {
			const bits = simplestBits(secret);
			assert.ok(bits >= 0 && bits <= secret.length * 8);
			if (isSimple(secret, 80)) assert.ok(secret.length * 8 - bits >= SAVING);
		}),
	);
	assert.equal(isSimple(Buffer.from('4071839265502718'), 80), true);
	assert.equal(isSimple(Buffer.from('407183926550271840718392655027'), 80), false);
});

test('rows are grouped by their bytes, whatever these are', () => {
	fc.assert(
		fc.property(fc.array(fc.option(fc.uint8Array({ maxLength: 3 })), { maxLength: 200 }), (keys) => {
			const groups = alikeRows(keys.length, 3, (row, key) => {
				const own = keys[row] ?? null;
				if (own !== null) key.set(own);
				return own?.length ?? -1;
			});
			const expected = new Map<string, number[]>();
			for (const [row, own] of keys.entries()) {
				if (own !== null) expected.set(String(own), [...(expected.get(String(own)) ?? []), row]);
			}
			assert.deepEqual(
				groups.map(String).toSorted(),
				[...expected.values()]
					.filter(({ length }) => length > 1)
					.map(String)
					.toSorted(),
			);
		}),
	);
});
