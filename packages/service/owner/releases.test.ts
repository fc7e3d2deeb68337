import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type ErrorCode, Problem } from '@keyward/core';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releaseFolder, releasesOf, withRelease } from '@keyward/testing/owner/releases';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';

const failsAs =
	(code: ErrorCode, detail = /./) =>
	(error: unknown): boolean =>
		error instanceof Problem && error.code === code && detail.test(error.detail);

const bom = JSON.stringify({
	...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
	components: [{ type: 'library', name: 'zlib', version: '1.3.0', purl: 'pkg:deb/debian/zlib@1.3.0' }],
});
const boot = JSON.stringify({
	...{ type: 'keyward-boot-reference', version: 1, bank: 'sha256', pcrs: { 4: ['00'.repeat(32)] } },
});
const strict = hallPolicy.replace('integrity: 1', 'integrity: 3').replace('adaptability: 0', 'adaptability: 2');

const get = async (site: TestSite, { tls }: TestIdentity, path: string, headers: Record<string, string> = {}) => {
	const sent = request(`${site.url}/v1/owner/${path}`, { ...tls, headers, agent: false });
	sent.end();
	const [answer] = (await once(sent, 'response')) as [IncomingMessage];
	const parts: Buffer[] = [];
	for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
	return { status: answer.statusCode, range: answer.headers['content-range'], body: Buffer.concat(parts) };
};

test('a release is served whole and in ranges, to devices of its application alone, and across a restart', async (t) => {
	const site = await startSite(t, { policies: [strict, hallPolicy.replace('hall', 'yard')], linkWorkers: 0 });
	const owner = await ownSite(site);
	const made = makeRelease('1.0.0', { securityFloor: 4 }, { bom, boot });
	const [listed, ...more] = await releasesOf(site, owner, dirname(site.folder)).publish(made);
	assert.equal(more.length, 0);
	const { length, sha256 } = made.contents.image;
	assert.deepEqual([listed?.release, listed?.securityFloor, listed?.signers, listed?.sha256], ['1.0.0', 4, 2, sha256]);
	// As `bom import` and `boot-reference add` would have stored them.
	assert.equal((await site.ask('bom.list', {}))[0]?.version, '1.0.0');
	assert.equal((await site.ask('boot-reference.list', {}))[0]?.version, '1.0.0');
	const device = await site.commissionDevice('hall', 'probe-1');
	const path = `targets/releases/hall/probe/1.0.0/${sha256}.image`;
	const image = Buffer.from(made.bytes.image);
	await site.restart();
	assert.deepEqual(await get(site, device, path), { status: 200, range: undefined, body: image });
	const part = await get(site, device, path, { range: 'bytes=100-199' });
	assert.deepEqual(part, { status: 206, range: `bytes 100-199/${length}`, body: image.subarray(100, 200) });
	assert.deepEqual((await get(site, device, path, { range: 'bytes=9000-' })).body, image.subarray(9000));
	assert.deepEqual((await get(site, device, path, { range: 'bytes=-10' })).body, image.subarray(-10));
	const beyond = await get(site, device, path, { range: `bytes=${length}-` });
	assert.deepEqual([beyond.status, beyond.range], [416, `bytes */${length}`]);
	// A range of what was there before, after another release took the name: the whole is sent.
	assert.equal((await get(site, device, path, { range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
	for (const other of ['bytes=5-2', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=-'])
		assert.equal((await get(site, device, path, { range: other })).status, 200, other);
	assert.equal((await get(site, device, path.replace(sha256, '0'.repeat(64)))).status, 404);
	assert.equal((await get(site, device, 'targets/releases/hall/probe/1.0.0/../../../x')).status, 404);
	const [stranger, reader] = [
		await site.commissionDevice('yard', 'probe-1'),
		await site.commissionReader('hall', 'desk'),
	];
	assert.equal((await get(site, stranger, path)).status, 403);
	assert.equal((await get(site, reader, path)).status, 403);
	assert.equal((await get(site, reader, 'metadata/1.releases%2Fhall.json')).status, 200);
	const weakest =
		(await site.ask('posture', { application: 'hall' }))[0]?.objectives.flatMap((one) => one.weakest) ?? [];
	const reasons = weakest.filter(({ requirement }) => requirement === 'bill-of-materials').map(({ reason }) => reason);
	assert.deepEqual(reasons, []);
});

test('what the policy does not take, or what is not what was signed, is not served', async (t) => {
	const site = await startSite(t, { policies: [strict], linkWorkers: 0 });
	const owner = await ownSite(site);
	const place = dirname(site.folder);
	const releases = releasesOf(site, owner, place);
	await assert.rejects(releases.publish(makeRelease('1.0.0')), failsAs('bill-of-materials', /1\.0\.0 of probe/));
	await assert.rejects(releases.publish(makeRelease('1.0.0', {}, { bom }), 1), failsAs('roster-refused', /1\/2/));
	await assert.rejects(
		releases.publish(makeRelease('1.0.0', {}, { bom: '{"bomFormat":"SPDX"}' })),
		failsAs('bill-malformed'),
	);
	await assert.rejects(
		releases.publish(makeRelease('1.0.0', {}, { bom, boot: '{}' })),
		failsAs('boot-reference-malformed'),
	);
	await assert.rejects(
		releases.publish(makeRelease('1.0.0', { class: 'prob' }, { bom })),
		failsAs('release-refused', /no device class "prob".*did you mean/),
	);
	const made = makeRelease('1.0.0', {}, { bom });
	const next = await withRelease(owner.repository(), made, owner.keys.slice(0, 2), Date.now());
	const change = { base: owner.repository().files, files: next.files };
	// Over the API alone there is nothing to serve.
	await assert.rejects(site.ask('owner.publish', { files: next.files }), failsAs('release-refused', /not here/));
	const image = made.contents.image.sha256;
	for (const [spoil, detail] of [
		[(path: string) => rm(path), /not at/],
		[(path: string) => writeFile(path, 'x'), /not the file of 10000 bytes/],
		[(path: string) => writeFile(path, 'x'.repeat(10_000)), /not what was signed/],
		[(path: string) => writeFile(path, made.bytes.image.slice(0, -1)), /not the file of 10000 bytes/],
		[async (path: string) => (await rm(path), symlink('/dev/zero', path)), /not at/],
	] as const) {
		const folder = await releaseFolder(place, made, change);
		await spoil(join(folder, 'targets', image));
		await assert.rejects(site.ask('release.publish', { folder }), failsAs('release-refused', detail));
	}
	await assert.rejects(site.ask('release.publish', { folder: place }), failsAs('file-unreadable', /ENOENT/));
	assert.deepEqual(await site.ask('release.list', {}), []);
	assert.equal(
		(await readdir(join(site.folder, 'owner', 'targets'))).filter((name) => name.endsWith('.part')).length,
		0,
	);
	const folder = await releaseFolder(place, made, change);
	assert.equal((await site.ask('release.publish', { folder })).length, 1);
	assert.deepEqual(
		(await readdir(join(site.folder, 'owner', 'targets'))).toSorted(),
		[made.release.bom ?? '', image].toSorted(),
	);
	// The policy asks for more keys than sign: the release is not taken, and the rosters go on.
	await site.apply(strict.replace('integrity: 3', 'integrity: 4'));
	await assert.rejects(
		releasesOf(site, { keys: owner.keys, repository: () => next }, place).publish(makeRelease('2.0.0', {}, { bom })),
		failsAs('release-signers', /by 2 of the owner's keys, and the policy asks for 3/),
	);
});
