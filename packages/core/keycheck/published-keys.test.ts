import assert from 'node:assert/strict';
import { createPublicKey, type JsonWebKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { flawedModuli } from './flawed-keypair.fixture.ts';
import { findingsOf, healthyModulus, key, rsaSpki } from './keycheck.fixture.ts';
import { type PublishedKey, readPublishedKeys, writePublishedKeys } from './published-keys.ts';

const shipped = readFileSync(new URL('published-keys.bin', import.meta.url));
const published = readPublishedKeys(shipped);

const hex = (): string => randomBytes(32).toString('hex');
const product: PublishedKey = { kind: 'product', where: 'in the firmware of 3 products by 1 vendor', cve: null };
const other: PublishedKey = { kind: 'example', where: 'printed in RFC 1', cve: 'CVE-2000-1' };

test('the shipped list holds what published-keys.md says', () => {
	assert.ok(published.size > 73_000, String(published.size));
	// The most widespread key of the House of Keys study, which openssl itself carries, and an SSH key with a CVE.
	assert.deepEqual(published.get('0ea7caf9dd07fd79fe22ceb5efbbd7d4445d231e92ee1bf3b2a022eaffb00495'), {
		kind: 'example',
		where: 'in the program openssl, for its speed test, and so in the firmware of 414 products by 32 vendors',
		cve: null,
	});
	assert.deepEqual(published.get('f0278cc5e72769b483a41cabe821fdbe2488b7bde41d438fc77aec2589ad81fc'), {
		kind: 'product',
		where: 'an SSH login key of f5-bigip',
		cve: 'CVE-2012-1493',
	});
	for (let index = 0; index < 1000; index++) assert.equal(published.get(hex()), undefined);
});

test('keys that a flawed generator makes are named with its CVE', () => {
	const isSweep = process.env['KEYWARD_SWEEP'] === 'all';
	const wanted = isSweep ? 1992 : 4;
	const moduli: bigint[] = [];
	for (const modulus of flawedModuli()) if (moduli.push(modulus) === wanted) break;
	assert.equal(new Set(moduli).size, wanted);
	const findings = findingsOf(
		moduli.map((modulus, index) => key(`${index}.pem`, rsaSpki(modulus))),
		published,
	);
	// All of one generator are one finding.
	assert.deepEqual(
		findings.map(({ check, severity, members }) => [check, severity, members.length]),
		[['published-key', 'critical', moduli.length]],
	);
	assert.match(
		findings[0]?.detail ?? '',
		/^The private halves of [\d,]+ keys are public: .+keypair.+ \(CVE-2021-41117\)\.$/,
	);
});

test('example keys of RFCs are named with the RFC, and not critical', () => {
	const { keys } = JSON.parse(
		readFileSync(new URL('../../../vectors/keycheck/rfc-keys.json', import.meta.url), 'utf8'),
	) as { keys: ({ source: string } & JsonWebKey)[] };
	assert.ok(keys.length > 10);
	for (const { source, ...jwk } of keys) {
		const spki = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
		const finding = findingsOf([key('a.jwk', spki)], published).find(({ check }) => check === 'published-key');
		assert.equal(finding?.severity, 'high');
		assert.ok(finding.detail.endsWith(`printed in ${source}.`), finding.detail);
	}
});

test('what is written is found, each under its source; the first source of a key is kept', () => {
	const entries = Array.from({ length: 500 }, (_, index) => [hex(), index % 3 === 0 ? product : other] as const);
	const list = readPublishedKeys(writePublishedKeys([...entries, [entries[0]?.[0] ?? '', other]]));
	assert.equal(list.size, 500);
	for (const [hash, source] of entries) assert.deepEqual(list.get(hash), source);
	for (const wrong of ['', 'zz', '0'.repeat(64), 'f'.repeat(64), entries[0]?.[0].slice(0, 10) ?? ''])
		assert.equal(list.get(wrong), undefined);
	assert.equal(readPublishedKeys(writePublishedKeys([])).get(hex()), undefined);
});

test('a damaged list is refused, with what to do', () => {
	const good = Buffer.from(
		writePublishedKeys([
			[hex(), product],
			[hex(), other],
		]),
	);
	const line = good.indexOf('[');
	const swap = (list: Buffer): Buffer =>
		Buffer.concat([list.subarray(0, -24), list.subarray(-12), list.subarray(-24, -12)]);
	const swapped = swap(good);
	const begins = '00c0ffee';
	const alike = Buffer.from(
		writePublishedKeys(['00', 'ff'].map((next) => [`${begins}${next}${hex()}`.slice(0, 64), product])),
	);
	assert.equal(readPublishedKeys(alike).size, 2);
	const twice = Buffer.concat([alike, alike.subarray(-12)]);
	const unnamed = Buffer.from(good);
	unnamed.writeUInt16BE(7, unnamed.length - 2);
	const strange = Buffer.from(good.toString('latin1').replace('product', 'gadgets'), 'latin1');
	const notJson = Buffer.from(good);
	notJson[line] = 0x7b;
	for (const bad of [
		Buffer.alloc(0),
		Buffer.from('{}\n'),
		good.subarray(0, -1),
		swapped,
		swap(alike),
		twice,
		unnamed,
		strange,
		notJson,
	])
		assert.throws(
			() => readPublishedKeys(bad),
			(error) =>
				error instanceof Problem && error.code === 'file-unreadable' && error.detail.includes('Install Keyward again'),
		);
});

test('a key that nobody published is no finding', () => {
	assert.deepEqual(findingsOf([key('a.pem', rsaSpki(healthyModulus()))], published), []);
});
