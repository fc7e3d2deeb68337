import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, hours, minutes, Problem } from '@keyward/core';
import { issuingAuthorityCertificate, principalCertificate, siteRootCertificate } from '@keyward/core/enrol';
import { type CertificateView, isCrlOf, keyThumbprint, readCrl } from '@keyward/core/format';
import type { RevocationCause, RevokedCertificate, Signer } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';
import { openMemoryStore } from '@keyward/store/memory';
import { certify } from '../authority/certified-key.ts';
import { openRevocationLists, type PublishedList } from './revocation-lists.ts';
import { caName } from './status-addresses.ts';
import type { StatusAuthority } from './status-authority.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const start = Date.UTC(2026, 10, 22, 12);

/** A CA whose key can be taken away, as a token can. */
const makeAuthority = async (
	application: string | null,
	root?: StatusAuthority,
): Promise<StatusAuthority & { away: boolean }> => {
	const key = makeEphemeralKey();
	const terms = { publicKey: key.publicKey, now: start, entropy };
	const certificate =
		root === undefined
			? await certify(siteRootCertificate(terms), key)
			: await certify(issuingAuthorityCertificate(application ?? '', root.certificate, terms), root.signer);
	const signer: Signer = {
		...key,
		sign: async (bytes) => {
			if (authority.away) throw new Problem('store-failed', 'the token is away');
			return key.sign(bytes);
		},
	};
	const authority = { application, certificate, signer, away: false };
	return authority;
};

const open = async (t: TestContext) => {
	const folder = temporaryFolder('keyward-crl-');
	const root = await makeAuthority(null);
	const hall = await makeAuthority('hall', root);
	const clock = { time: start, now: () => clock.time };
	const authorities: StatusAuthority[] = [root, hall];
	const stored: RevokedCertificate[] = [];
	const retired: RevokedCertificate[] = [];
	const reported: unknown[] = [];

	/** Issued and revoked; the store has it from then on. */
	const revoke = async (by: StatusAuthority, lifetime: number, cause: RevocationCause = 'keyCompromise') => {
		const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
		const terms = { now: clock.time, lifetime };
		const content = principalCertificate(name, makeEphemeralKey().publicKey, by.certificate, terms, entropy);
		const { serial, notAfter, der } = await certify(content, { ...by.signer });
		const one = { serial, notAfter, der, revoked: { at: clock.time, cause, reason: 'test' } };
		stored.push(one);
		return one;
	};
	const place = { numbers: openMemoryStore() };
	const openLists = async () => {
		const lists = await openRevocationLists({
			...{ folder, clock, gather: 20 },
			authorities: () => authorities,
			retired: async () => retired,
			store: {
				takeNumber: (...asked) => place.numbers.takeNumber(...asked),
				revoked: async (application, endingAfter) =>
					stored.filter(({ notAfter }) => application === 'hall' && notAfter > endingAfter),
			},
			report: (error) => reported.push(error),
		});
		t.after(() => lists.stop());
		const of = ({ certificate }: { certificate: CertificateView }): ReturnType<typeof readCrl> => {
			const found = lists.all().find(({ name }) => name === caName(certificate));
			assert.ok(found !== undefined && isCrlOf(found.list, certificate.publicKey));
			return readCrl(found.list);
		};
		return { ...lists, of };
	};
	return { place, folder, root, hall, clock, authorities, stored, retired, reported, revoke, openLists };
};

const serials = ({ entries }: ReturnType<typeof readCrl>): string[] => entries.map(({ serial }) => serial);

test('each CA lists what its own key signed, with time and cause; a revocation makes a new list within a second', async (t) => {
	const { root, hall, authorities, clock, revoke, openLists } = await open(t);
	const before = await revoke(hall, days(7), 'superseded');
	const lists = await openLists();
	assert.deepEqual(lists.of(hall).entries, [{ serial: before.serial, at: start, cause: 'superseded' }]);
	assert.deepEqual(serials(lists.of(root)), []);
	assert.deepEqual(lists.of(hall).authorityKey, keyThumbprint(hall.certificate.publicKey));

	// The CA is rolled over: what the earlier key signed stays in the earlier key's list.
	const next = await makeAuthority('hall', root);
	authorities.push(next);
	await lists.refresh();
	assert.deepEqual(serials(lists.of(next)), []);
	const told: PublishedList[] = [];
	const third = Promise.withResolvers<void>();
	lists.onPublished((list) => {
		told.push(list);
		if (told.length === 2) third.resolve();
	});
	clock.time += 5000;
	const [old, fresh] = [await revoke(hall, days(7)), await revoke(next, days(7))];
	const another = await revoke(next, days(7));
	for (const one of [old, fresh, another]) lists.revoked(one);
	await third.promise;
	assert.deepEqual(serials(lists.of(hall)), [before.serial, old.serial]);
	assert.deepEqual(serials(lists.of(next)), [fresh.serial, another.serial]);
	// Three revocations, one list for each CA that has to say something new.
	assert.deepEqual(
		told.map(({ name }) => name).toSorted(),
		[caName(hall.certificate), caName(next.certificate)].toSorted(),
	);
});

test('an expired certificate stays for one lifetime of a list, and then leaves', async (t) => {
	const { hall, clock, revoke, openLists } = await open(t);
	const lists = await openLists();
	const short = await revoke(hall, minutes(2));
	lists.revoked(short);
	clock.time += minutes(3);
	await lists.refresh();
	assert.deepEqual(serials(lists.of(hall)), [short.serial]);
	clock.time += hours(23);
	await lists.refresh();
	assert.deepEqual(serials(lists.of(hall)), [short.serial]);
	clock.time += hours(8);
	await lists.refresh();
	assert.deepEqual(serials(lists.of(hall)), []);
});

test('numbers rise strictly: at every list, over a restart, with a clock set back, and never by a file that somebody changed', async (t) => {
	const { place, folder, root, hall, clock, revoke, openLists } = await open(t);
	const seen: number[] = [];
	const look = async (): Promise<void> => {
		const lists = await openLists();
		seen.push(lists.of(hall).number);
		const one = await revoke(hall, days(7));
		const published = new Promise<void>((resolve) => lists.onPublished(() => resolve()));
		lists.revoked(one);
		await published;
		seen.push(lists.of(hall).number);
		await lists.stop();
	};
	await look();
	await look();
	clock.time -= days(400);
	await look();
	for (const [index, number] of seen.entries()) assert.ok(index === 0 || number > (seen[index - 1] ?? 0), seen.join());
	assert.equal((await readdir(folder)).length, 2);

	// The database is restored from a backup that knows none of them, with the clock behind: the list that lies there counts.
	place.numbers = openMemoryStore();
	await look();
	assert.ok((seen.at(-2) ?? 0) > (seen.at(-3) ?? 0), seen.join());

	// The root's own list in the place of the hall's: signed, but not by the hall.
	clock.time += days(800);
	const { list } = (await openLists()).all().find(({ name }) => name === caName(root.certificate)) ?? { list: '' };
	clock.time -= days(300);
	place.numbers = openMemoryStore();
	await writeFile(join(folder, `${caName(hall.certificate)}.crl`), list);
	assert.equal((await openLists()).of(hall).number, clock.time);
});

test('a list is made again long before it ends; a CA that cannot sign keeps its old one, is reported, and catches up', async (t) => {
	const { hall, clock, reported, revoke, openLists } = await open(t);
	const lists = await openLists();
	const first = lists.of(hall);
	assert.equal(first.nextUpdate - first.thisUpdate, hours(24));
	clock.time += hours(5);
	await lists.refresh();
	assert.deepEqual(lists.of(hall), first);
	clock.time += hours(1);
	await lists.refresh();
	assert.equal(lists.of(hall).thisUpdate, first.thisUpdate + hours(6));

	const broken = { ...(await revoke(hall, days(7))), der: new Uint8Array() };
	lists.revoked(broken);
	assert.equal(reported.length, 1);
	const real = await revoke(hall, days(7));
	hall.away = true;
	lists.revoked(real);
	await lists.refresh();
	assert.ok(reported.length > 1);
	assert.deepEqual(serials(lists.of(hall)), []);
	hall.away = false;
	await lists.refresh();
	assert.deepEqual(serials(lists.of(hall)), [real.serial]);
});

test('an issuing CA that is retired stands on the root list', async (t) => {
	const { hall, root, clock, retired, openLists } = await open(t);
	const lists = await openLists();
	const { serial, notAfter, der } = hall.certificate;
	retired.push({ serial, notAfter, der, revoked: { at: clock.time, cause: 'superseded', reason: 'rolled over' } });
	await lists.refresh();
	assert.deepEqual(lists.of(root).entries, [{ serial, at: start, cause: 'superseded' }]);
});
