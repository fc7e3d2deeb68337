import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encode } from 'cbor2';
import { Problem } from '../problem/problem.ts';
import { type Commissioning, formatCommissioning, parseCommissioning } from './commissioning-string.ts';
import { expectPrincipal, tokenHash, TOKEN_LIFETIME } from './expectation.ts';

const sample: Commissioning = {
	service: 'https://keyward.example:8443',
	est: 'https://keyward.example:8443',
	mqtt: 'mqtts://[2001:db8::1]:8883',
	application: 'reactor-hall',
	kind: 'device',
	id: 'gamma-1',
	class: 'gamma-probe',
	token: Buffer.alloc(32, 7).toString('base64url'),
	serviceCa: new Uint8Array(32).fill(9),
	owner: null,
	expires: 1_800_000_000_000,
};

const isRefused = (text: string): boolean => {
	try {
		parseCommissioning(text);
		return false;
	} catch (error) {
		return error instanceof Problem && error.code === 'commissioning-string' && !error.message.includes(sample.token);
	}
};

test('goes there and back in one short line', () => {
	const text = formatCommissioning(sample);
	assert.match(text, /^keyward1\.[A-Za-z0-9_-]+$/);
	assert.ok(text.length < 300, `${text.length}`);
	assert.deepEqual(parseCommissioning(text), sample);
	const other = {
		...sample,
		est: 'https://est.example/base',
		owner: new Uint8Array(32).fill(1),
		kind: 'reader',
		class: null,
	} as const;
	assert.deepEqual(parseCommissioning(formatCommissioning(other)), other);
	assert.deepEqual(parseCommissioning(` ${text.slice(0, 40)}\r\n${text.slice(40)}\n`), sample);
});

test('any cut and any changed letter is noticed', () => {
	const text = formatCommissioning(sample);
	for (let length = 0; length < text.length; length++) assert.ok(isRefused(text.slice(0, length)), `${length}`);
	for (let at = 0; at < text.length; at++) {
		const letter = text[at] === 'A' ? 'B' : 'A';
		assert.ok(isRefused(text.slice(0, at) + letter + text.slice(at + 1)), `${at}`);
	}
});

test('whatever the text, it is read or refused with its code', () => {
	fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => isRefused(text) && isRefused(`keyward1.${text}`)));
	fc.assert(
		fc.property(fc.anything(), (value) => {
			fc.pre(typeof value !== 'function' && typeof value !== 'symbol');
			const body = Uint8Array.from(encode(JSON.stringify(value) ?? null));
			return isRefused(`keyward1.${Buffer.from(body).toString('base64url')}`);
		}),
	);
});

test('a string that would send the token in the clear, or to a place with hidden parts, is refused', () => {
	const wrong: Partial<Commissioning>[] = [
		{ service: 'http://keyward.example' },
		{ est: 'http://keyward.example' },
		{ mqtt: 'mqtt://keyward.example' },
		{ service: 'https://user:pass@keyward.example' },
		{ service: 'https://keyward.example/?next=x' },
		{ application: 'Reactor Hall' },
		{ id: '../../etc' },
		{ token: 'c2hvcnQ' },
		{ serviceCa: new Uint8Array(20) },
		{ expires: 1.5 },
	];
	for (const part of wrong)
		assert.ok(isRefused(formatCommissioning({ ...sample, ...part })), JSON.stringify(Object.keys(part)));
});

test('an expectation keeps the hash of its token alone, for a day', () => {
	const entropy = { bytes: (count: number) => new Uint8Array(count).fill(count) };
	const name = { kind: 'device', application: 'hall', id: 'probe' } as const;
	const { principal, token, secret } = expectPrincipal(name, 'gamma', 'ek:00', entropy, 1000);
	assert.ok(Buffer.from(secret, 'base64url').length >= 16);
	assert.deepEqual(token, { hash: tokenHash(secret), principal: name, expires: 1000 + TOKEN_LIFETIME, spentFor: null });
	assert.deepEqual(principal, { ...name, class: 'gamma', part: 'ek:00', state: 'expected', at: 1000 });
	assert.ok(!JSON.stringify([principal, Buffer.from(token.hash).toString('base64url')]).includes(secret));
});
