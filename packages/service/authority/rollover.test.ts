import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodePem, isIssuedBy } from '@keyward/core/format';
import type { Generation } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { temporaryFolder } from '@keyward/testing/folder';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { openAuthority } from './authority.ts';
import { openRegister } from './inventory.ts';
import { chainOf, device, entropy, inBoth, leads, refuses, states } from './rollover.fixture.ts';

inBoth('an issuing CA rolls over: what it signed stays good until it is retired', async (_t, { folder, hsm, open }) => {
	const authority = await open();
	const before = await device(authority, folder, 'before');
	const [old] = await authority.issuers('hall');
	assert.ok(old);
	await authority.roll('issuing.hall', false);
	const after = await device(authority, folder, 'after');
	const [fresh, former] = await authority.issuers('hall');
	assert.ok(fresh && former);
	assert.deepEqual(former.certificate.der, old.certificate.der);
	assert.ok(isIssuedBy(after, fresh.certificate.der) && !isIssuedBy(after, old.certificate.der));
	assert.notDeepEqual(fresh.certificate.subjectName, old.certificate.subjectName);
	const anchors = (): Uint8Array[] =>
		authority
			.caBundle()
			.split(/(?<=-----END CERTIFICATE-----\n)/)
			.map((pem) => new Uint8Array(Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64')));
	for (const leaf of [before, after]) assert.ok(await leads(folder, 'sslclient', leaf, [], anchors()));

	const again = await open();
	assert.deepEqual(states(again, 'issuing.hall'), ['1 outgoing', '2 active']);
	assert.deepEqual((await again.issuing('hall')).certificate.der, fresh.certificate.der);
	await again.retire('issuing.hall', 1);
	assert.deepEqual(states(again, 'issuing.hall'), ['2 active']);
	assert.ok(!again.caBundle().includes(encodePem('CERTIFICATE', old.certificate.der)));
	// A file's key may still be in this process's memory; it is gone from where it was kept.
	assert.ok(!(await readdir(join(folder, 'authority', 'keys')).catch((): string[] => [])).includes('issuing.hall.key'));
	if (hsm !== null) await refuses(old.signer.sign(new Uint8Array(1)), 'token-key');
	await refuses(again.retire('issuing.hall', 2), 'request-malformed');
	const listed = await again.list();
	assert.deepEqual(
		listed.filter(({ name }) => name === 'issuing.hall').map(({ state, key }) => [state, key]),
		[
			['retired', 'destroyed'],
			['active', listed[0]?.key],
		],
	);
});

test('the generation before the newest signs again, once; one whose key is destroyed does not', async (t) => {
	const folder = temporaryFolder('keyward-reinstate-');
	const options = { folder: join(folder, 'authority'), store: inventoryAt(folder), entropy, applications: ['hall'] };
	const authority = await openAuthority({ ...options, clock: { now: () => Date.now() }, hostNames: [] });
	t.after(() => authority.close());
	await authority.roll('issuing.hall', false);
	for (let time = 0; time < 2; time++) await authority.reinstate('issuing.hall');
	assert.deepEqual(states(authority, 'issuing.hall'), ['1 active', '2 outgoing']);
	await authority.roll('issuing.hall', false);
	await authority.reinstate('issuing.hall');
	assert.deepEqual(states(authority, 'issuing.hall'), ['1 active', '2 outgoing', '3 outgoing']);
	for (const number of [2, 3]) await authority.retire('issuing.hall', number);
	await refuses(authority.reinstate('issuing.hall'), 'exercise-refused');
});

inBoth('the site root rolls over: issuing CAs keep name and key under the new one', async (_t, { folder, open }) => {
	const authority = await open();
	const leaf = await device(authority, folder, 'd');
	const oldRoot = authority.siteRoot;
	const old = (await authority.issuing('hall')).certificate;
	await authority.roll('site-root', false);
	const now = (await authority.issuing('hall')).certificate;
	assert.deepEqual([now.publicKey, now.subjectName, now.notAfter], [old.publicKey, old.subjectName, old.notAfter]);
	assert.ok(isIssuedBy(now.der, authority.siteRoot));
	const { byPredecessor, predecessor } = authority.held('site-root')[1] ?? {};
	assert.ok(byPredecessor && predecessor);

	// Anyone who holds either root alone gets to the device's certificate, by the issuing CA that is shown and the links.
	assert.ok(await leads(folder, 'sslclient', leaf, [now.der], [authority.siteRoot]));
	assert.ok(await leads(folder, 'sslclient', leaf, [now.der, byPredecessor.der], [oldRoot]), 'NewWithOld');
	assert.ok(await leads(folder, 'sslclient', leaf, [old.der, predecessor.der], [authority.siteRoot]), 'OldWithNew');
	assert.ok(!(await leads(folder, 'sslclient', leaf, [now.der], [oldRoot])));
	const told = authority.certificates().map((der) => Buffer.from(der).toString('hex'));
	for (const der of [oldRoot, authority.siteRoot, byPredecessor.der, predecessor.der, now.der])
		assert.ok(told.includes(Buffer.from(der).toString('hex')));

	await authority.retire('site-root', 1);
	assert.ok(!authority.caBundle().includes(encodePem('CERTIFICATE', oldRoot)));
	assert.deepEqual((await open()).siteRoot, authority.siteRoot);
});

inBoth(
	'the service CA is announced, then shown; either anchor alone leads to it meanwhile',
	async (_t, { folder, open }) => {
		const authority = await open();
		const old = authority.serviceCa.der;
		const key = authority.tls.key;
		let changes = 0;
		authority.onChange(() => changes++);
		const { certificate: next } = await authority.roll('service-ca', false);
		assert.deepEqual(authority.serviceCa.der, old, 'announced is not shown');
		assert.deepEqual(chainOf(authority).slice(1), [old]);
		assert.deepEqual(states(authority, 'service-ca'), ['1 active', '2 announced']);
		await refuses(authority.roll('service-ca', false), 'request-malformed');

		await authority.activate('service-ca');
		await refuses(authority.activate('service-ca'), 'request-malformed');
		assert.deepEqual(authority.serviceCa.der, next.der);
		const [leaf, ...rest] = chainOf(authority);
		assert.ok(leaf);
		assert.ok(isIssuedBy(leaf, next.der));
		assert.equal(authority.tls.key, key);
		assert.ok(await leads(folder, 'sslserver', leaf, rest, [next.der]));
		assert.ok(await leads(folder, 'sslserver', leaf, rest, [old]), 'by the link');
		assert.ok(!(await leads(folder, 'sslserver', leaf, rest, [authority.siteRoot])));

		await authority.retire('service-ca', 1);
		const [last, ...after] = chainOf(authority);
		assert.ok(last);
		assert.deepEqual(after, [next.der]);
		assert.ok(!(await leads(folder, 'sslserver', last, after, [old])), 'cut off now');
		assert.equal(changes, 3);
		assert.equal((await open()).tls.cert, authority.tls.cert);
	},
);

inBoth('cut short at any step, the next start finishes the rollover', async (_t, { folder, store, open }) => {
	const home = join(folder, 'authority');
	await open();
	/** The store as it was at such a step. */
	const change = async (name: string, to: (before: readonly Generation[]) => Generation[]): Promise<void> => {
		const before = (await store.authorities())?.generations.get(name) ?? [];
		await store.putGenerations(name, before, to(before));
	};
	/** A generation has just begun. */
	const begin = (name: string, number: number): Promise<void> =>
		change(name, (before) => [
			...before,
			{ number, custody: before[0]?.custody ?? 'file', state: 'making', since: Date.now(), linked: true },
		]);
	await begin('issuing.hall', 2);
	await begin('service-ca', 2);
	await begin('site-root', 2);
	const finished = await open();
	assert.deepEqual(states(finished, 'issuing.hall'), ['1 outgoing', '2 active']);
	assert.deepEqual(states(finished, 'service-ca'), ['1 active', '2 announced']);
	assert.deepEqual(states(finished, 'site-root'), ['1 outgoing', '2 active']);
	assert.ok(isIssuedBy((await finished.issuing('hall')).certificate.der, finished.siteRoot));

	// Between key and certificate, and between certificate and links.
	await begin('site-root', 3);
	const third = (await open()).siteRoot;
	for (const gone of ['site-root_3.links.pem', 'site-root_3.pem']) {
		await rm(join(home, gone));
		await change('site-root', (before) =>
			before.map((one) => ({
				...one,
				state: one.number === 3 ? 'making' : one.number === 2 ? 'active' : 'outgoing',
			})),
		);
		const again = await open();
		assert.deepEqual(states(again, 'site-root'), ['1 outgoing', '2 outgoing', '3 active']);
		assert.ok(again.held('site-root')[2]?.byPredecessor);
		assert.deepEqual(again.held('site-root')[2]?.certificate.publicKey, again.held('site-root')[2]?.signer.publicKey);
		assert.ok(gone.includes('links') === (Buffer.compare(again.siteRoot, third) === 0));
	}
	// A key whose generation was ended and not yet destroyed.
	await change('issuing.hall', (before) =>
		before.map((one) => (one.number === 1 ? { ...one, state: 'retiring' } : one)),
	);
	const listed = await (await open()).list();
	assert.equal(listed.find(({ name, number }) => name === 'issuing.hall' && number === 1)?.state, 'retired');
});

inBoth(
	'the inventory of an older version is read once; one that is damaged, or gone after a rollover, stops the start',
	async (_t, { folder, store, open }) => {
		await (await open()).roll('issuing.hall', false);
		const { site, generations } = (await store.authorities()) ?? assert.fail();
		const written = JSON.stringify({ version: 1, site, authorities: Object.fromEntries(generations) });
		const file = join(folder, 'authority', 'authorities.json');
		await writeFile(file, written.slice(0, -20));
		await refuses(open({ store: openMemoryStore() }), 'site-configuration');
		await rm(file);
		await refuses(open({ store: openMemoryStore() }), 'site-configuration');
		await writeFile(file, written);
		const moved = openMemoryStore();
		assert.deepEqual(states(await open({ store: moved }), 'issuing.hall'), ['1 outgoing', '2 active']);
		assert.deepEqual(await moved.authorities(), await store.authorities());
		assert.equal(existsSync(file), false, 'it counts no more');
		// Put there again, it brings nothing back.
		await (await open({ store: moved })).retire('issuing.hall', 1);
		await writeFile(file, written);
		assert.deepEqual(states(await open({ store: moved }), 'issuing.hall'), ['2 active']);
	},
);

inBoth(
	'of two instances that roll a CA over at once, one makes a generation, and the other is told',
	async (_t, { open, store }) => {
		const authority = await open();
		const other = await openRegister('/nowhere', store, Date.now(), entropy);
		const before = other.of('service-ca');
		await authority.roll('service-ca', false);
		const mine = { number: 2, custody: 'file', state: 'making', since: 5, linked: true } as const;
		await refuses(other.write('service-ca', [...before, mine]), 'changed-meanwhile');
		assert.deepEqual(
			other.of('service-ca').map(({ number, state }) => `${number} ${state}`),
			['1 active', '2 announced'],
			'it knows what the other did',
		);
		assert.deepEqual(states(await open(), 'service-ca'), ['1 active', '2 announced']);
	},
);
