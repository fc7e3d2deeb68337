import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { judgeSigners, judgeTarget, LARGEST_IMAGE, readRelease, writeRelease } from './release.ts';
import { readReleaseTarget, readVendorPattern, releaseTarget, vendorPattern } from './release-target.ts';

const hash = 'ab'.repeat(32);
const path = 'releases/hall/probe/2.1.0/image';
const whole = {
	...{ type: 'keyward-release', version: 1, application: 'hall', class: 'probe', release: '2.1.0' },
	...{ securityFloor: 7, installer: 'rauc', bom: hash, boot: null },
	...{ supportUntil: '2031-12-31', chunks: { size: 4096, hashes: [hash, hash] } },
};

const refuses = (custom: unknown, detail: RegExp, at = path, length = 5000): void =>
	assert.throws(
		() => readRelease(custom, at, length),
		(error) => error instanceof Problem && error.code === 'release-malformed' && detail.test(error.detail),
	);

test('a release is read as it is written', () => {
	const release = readRelease(whole, path, 5000);
	assert.deepEqual(writeRelease(release), whole);
	const least = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== 'supportUntil' && key !== 'chunks'));
	assert.deepEqual(writeRelease(readRelease(least, path, 1)), least);
});

test('what is not a release in its one form is refused with its place', () => {
	refuses(null, /no object/);
	refuses([], /no object/);
	refuses({ ...whole, securityfloor: 8 }, /"securityfloor" is not known/);
	for (const name of [
		'type',
		'version',
		'application',
		'class',
		'release',
		'securityFloor',
		'installer',
		'bom',
		'boot',
	])
		refuses(
			Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name)),
			new RegExp(`${name} is missing`),
		);
	refuses({ ...whole, type: 'keyward-roster' }, /type/);
	refuses({ ...whole, version: 2 }, /version is not 1/);
	for (const floor of [-1, 1.5, '7', Number.MAX_SAFE_INTEGER + 1, null])
		refuses({ ...whole, securityFloor: floor }, /Floor/);
	refuses({ ...whole, installer: 'sh' }, /installer is none of/);
	for (const bom of ['', hash.toUpperCase(), 7]) refuses({ ...whole, bom }, /bom is neither/);
	for (const supportUntil of ['2031-02-30', '2031', null]) refuses({ ...whole, supportUntil }, /no day/);
});

test('path and contents of a release name the same thing', () => {
	refuses(whole, /application is not that of its path/, 'releases/yard/probe/2.1.0/image');
	refuses(whole, /class is not that/, 'releases/hall/other/2.1.0/image');
	refuses(whole, /release is not that/, 'releases/hall/probe/2.0.0/image');
	for (const other of [
		'releases/hall/probe/2.1.0/bom.json',
		'releases/hall/probe/../image',
		'x',
		`/${path}`,
		`${path}/`,
	])
		refuses(whole, /path is not/, other);
});

test('chunks make up the length that is signed', () => {
	refuses(whole, /do not make up/, path, 4096);
	refuses(whole, /do not make up/, path, 8193);
	readRelease(whole, path, 8192);
	refuses({ ...whole, chunks: { size: 4095, hashes: [hash] } }, /from 4096/);
	refuses({ ...whole, chunks: { size: 4096, hashes: [hash, 'x'] } }, /no list/);
	refuses({ ...whole, chunks: { size: 4096, hashes: [hash, hash], more: 1 } }, /size, hashes/);
	refuses(
		{ ...whole, chunks: { size: 4096, hashes: Array.from({ length: 16_385 }, () => hash) } },
		/at most 16384/,
		path,
		4096 * 16_385,
	);
	for (const length of [0, -1, 1.5, LARGEST_IMAGE + 1]) refuses(whole, /length is not/, path, length);
});

test('a release is for its class, and signed by as many keys as are asked', () => {
	const release = readRelease(whole, path, 5000);
	assert.equal(judgeTarget(release, { application: 'hall', class: 'probe' }), null);
	assert.equal(judgeTarget(release, { application: 'hall', class: 'pump' })?.code, 'release-other-device');
	assert.equal(judgeTarget(release, { application: 'yard', class: 'probe' })?.code, 'release-other-device');
	assert.equal(judgeSigners(2, 2), null);
	assert.equal(judgeSigners(1, 2)?.code, 'release-signers');
});

test('a vendor signs its part and never what a device starts', () => {
	const pattern = vendorPattern('hall', 'probe', 'modem');
	assert.deepEqual(readVendorPattern('hall', pattern), { class: 'probe', part: 'modem' });
	for (const part of ['image', 'bom.json', 'boot.json', '*', 'a/b', ''])
		assert.throws(() => vendorPattern('hall', 'probe', part), Problem);
	for (const other of [
		'releases/hall/*/*/modem',
		'releases/hall/probe/*/*',
		'releases/yard/probe/*/modem',
		'releases/hall/probe/*/image',
	])
		assert.equal(readVendorPattern('hall', other), null);
	assert.deepEqual(readReleaseTarget(releaseTarget({ application: 'hall', class: 'probe', release: '1' }, 'modem')), {
		...{ application: 'hall', class: 'probe', release: '1', file: 'modem' },
	});
});
