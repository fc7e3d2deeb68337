import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { startSite, type TestSite } from '@keyward/testing/service/site';
import { acceptCertificate, commission } from './commission.ts';
import { runRequest } from './enrolment-request.ts';
import {
	type Identity,
	openIdentity,
	settleCertificate,
	writeIdentityRecord,
	writeNextCertificate,
} from '../identity/identity.ts';
import { connectOnce } from '../link/connect-once.ts';
import { Outbox } from '../outbox/outbox.ts';
import { nextKeyName } from './key-name.ts';
import { rekey } from './rekey.ts';
import { retire } from './retire.ts';

const ends: (() => void | Promise<void>)[] = [];
after(async () => {
	for (const end of ends.toReversed()) await end();
});
let site: TestSite;
before(async () => {
	site = await startSite({ after: (end) => void ends.push(end) }, { linkWorkers: 1 });
});

const joinProbe = async (device: string) => {
	const home = temporaryFolder('kw-rekey-');
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device });
	await commission({ commissioning, folder: home, kind: 'device', clock: { now: () => Date.now() } });
	await connectOnce(home);
	const shown = async () => {
		const { state, certificates } = await site.ask('device.show', { application: 'hall', device });
		return [state, ...certificates.map(({ revoked }) => revoked?.cause ?? null)];
	};
	return { home, shown };
};

const streamKeyFile = (device: string): string => `stream_hall_${device}.key`;

/** `identity.json` names the new key from here on. */
const switchTo = async ({ folder, key }: Identity, next: string): Promise<void> => {
	const record = JSON.parse(await readFile(join(folder, 'identity.json'), 'utf8')) as Identity;
	await writeIdentityRecord(folder, { ...record, key: next, superseded: key });
};

test('re-keying that is cut short after any step is finished by the same call, with one new key', async () => {
	const { home, shown } = await joinProbe('probe-1');
	/** Each does one step more than the one before it, as `rekey` does them. */
	const steps: ((identity: Identity, next: string) => Promise<void>)[] = [
		async ({ keyStore: keys }, next) => void (await keys.openOrMake(next)),
		// The answer is lost.
		async (identity, next) => void (await runRequest(identity, { certify: next })),
		async (identity, next) => {
			const { chain, publicKey, authorities } = await runRequest(identity, { certify: next });
			await writeNextCertificate(home, acceptCertificate(chain, publicKey, authorities));
		},
		switchTo,
		() => settleCertificate(home),
		() => connectOnce(home),
		async ({ keyStore: keys, key }) => void (await keys.erase(key)),
	];
	// The others are no different: what comes after them finds the same.
	for (const done of [2, 3, 4, 6, 7]) {
		const before = await openIdentity(home);
		const next = nextKeyName(before.key);
		for (const [at, step] of steps.slice(0, done).entries()) if (at !== 1 || done === 2) await step(before, next);
		const made = (await before.keyStore.open(next)).publicKey;
		// Whatever was done, the device has an identity whose key fits its certificate.
		const between = await openIdentity(home);
		if (existsSync(between.keyFile)) assert.deepEqual(between.leaf.publicKey, (await between.signer()).publicKey);

		const after = await rekey({ folder: home });
		assert.deepEqual([after.key, after.superseded, after.leaf.publicKey], [next, undefined, made], `after ${done}`);
		assert.deepEqual((await readdir(join(home, 'keys'))).toSorted(), [`${next}.key`, streamKeyFile('probe-1')]);
		assert.equal(existsSync(join(home, 'certificate.next.pem')), false);
	}
	const [state, ...causes] = await shown();
	assert.equal(state, 'active');
	assert.deepEqual([causes.filter((cause) => cause === null).length, causes.at(-1)], [1, null]);
});

test('the old key stays until the new one was used; what cannot be re-keyed is said', async () => {
	const { home } = await joinProbe('probe-2');
	const { key } = await openIdentity(home);
	const before = await openIdentity(home);
	const { chain, publicKey, authorities } = await runRequest(before, { certify: nextKeyName(key) });
	await site.restart(async () => {
		await assert.rejects(rekey({ folder: home }), {
			code: 'site-unreachable',
			detail: /Is the site running, and is the way there open\?$/,
		});
		assert.equal((await openIdentity(home)).key, key);
		// Certified, and then the site cannot be reached with it.
		await writeNextCertificate(home, acceptCertificate(chain, publicKey, authorities));
		await switchTo(before, nextKeyName(key));
		await assert.rejects(rekey({ folder: home }), { code: 'site-unreachable' });
	});
	assert.deepEqual(
		(await readdir(join(home, 'keys'))).toSorted(),
		[`${nextKeyName(key)}.key`, `${key}.key`, streamKeyFile('probe-2')].toSorted(),
	);
	await rekey({ folder: home });
	assert.deepEqual((await readdir(join(home, 'keys'))).toSorted(), [
		`${nextKeyName(key)}.key`,
		streamKeyFile('probe-2'),
	]);
	await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-2', reason: 'stolen' });
	await assert.rejects(rekey({ folder: home }), { code: 'certificate-revoked' });
});

test('retirement leaves nothing, and not before the readings are delivered or given up', async () => {
	const { home } = await joinProbe('probe-3');
	const { application, id, keyFile } = await openIdentity(home);
	{
		using outbox = new Outbox(home);
		await assert.rejects(retire({ folder: home }), { code: 'store-in-use' });
		outbox.put({ stream: 'state', time: Date.now(), value: 1, unit: '/' });
	}
	await assert.rejects(retire({ folder: home }), { code: 'outbox-not-empty', detail: /^1 readings/ });
	assert.ok(existsSync(keyFile));
	// A file that cannot be erased: nothing is said to be gone.
	const aside = `${keyFile}.aside`;
	await rename(keyFile, aside);
	await writeFile(keyFile, 'another', { mode: 0o644 });
	await assert.rejects(retire({ folder: home, evenUndelivered: true }), { code: 'key-file' });
	await rename(aside, keyFile);
	// Cut short before, after the certificate was gone.
	await rm(join(home, 'certificate.pem'));
	const retirement = await retire({ folder: home, evenUndelivered: true });
	assert.deepEqual([retirement.application, retirement.id, retirement.lost], [application, id, 1]);
	assert.equal(retirement.erased[0], keyFile);
	assert.match(retirement.remaining[0] ?? '', /keyward revoke device probe-3 --application hall/);
	assert.deepEqual(await readdir(home), []);
	await assert.rejects(retire({ folder: home }), { code: 'identity-file' });
});

test('names of keys go on', () => {
	assert.deepEqual(['device_hall_a', 'device_hall_a.2', 'device_hall_a.9', 'a.x', 'a.1.10'].map(nextKeyName), [
		'device_hall_a.2',
		'device_hall_a.3',
		'device_hall_a.10',
		'a.x.2',
		'a.1.11',
	]);
});
