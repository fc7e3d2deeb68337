import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { type Identity, openIdentity, refreshServiceCas, renewalDue, renewIfDue } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { days, hours, Problem } from '@keyward/core';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr, decodePem, isIssuedBy, parseCsr } from '@keyward/core/format';
import { createFileKey } from '@keyward/custody';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import type { AuthorityOptions } from './authority.ts';
import { openEstSite } from '../enrolment/est-site.fixture.ts';
import { overTls } from '../enrolment/est-connection.fixture.ts';

const start = async (t: TestContext, options: Partial<AuthorityOptions> = {}) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-rolling-'));
	const site = await openEstSite(join(folder, 'site'), options);
	t.after(async () => {
		await site.close();
		await rm(folder, { recursive: true, force: true });
	});
	const join_ = async (id: string): Promise<Identity> => {
		const { commissioning } = await site.registrar.expectDevice('hall', id);
		return commission({ commissioning, folder: join(folder, id), kind: 'device', clock: site.clock });
	};
	const reopen = (id: string): Promise<Identity> => openIdentity(join(folder, id));
	/** What an agent does once a day. */
	const refresh = async (id: string): Promise<boolean> => refreshServiceCas(await reopen(id), site.clock.now(), 0);
	/** Asks for a renewal; before it is due by the service's clock the same certificate comes. */
	const renew = async (id: string): Promise<boolean> => {
		const identity = await reopen(id);
		await renewIfDue(identity, renewalDue(identity));
		return true;
	};
	return { folder, ...site, join: join_, reopen, refresh, renew };
};

const refuses = (promise: Promise<unknown>, code: string, words = /./): Promise<void> =>
	assert.rejects(promise, (error) => {
		assert.ok(error instanceof Problem, String(error));
		assert.equal(error.code, code, error.detail);
		assert.match(error.detail, words);
		return true;
	});

const anchorsOf = ({ serviceCa }: Identity): number => decodePem('CERTIFICATE', serviceCa, 'identity-file').length;

test('a live device survives the rollover of its issuing CA, and the old one ends with its last certificate', async (t) => {
	const site = await start(t);
	const before = await site.join('d-1');
	const old = (await site.authority.issuing('hall')).certificate;
	await site.authority.roll('issuing.hall', false);
	assert.deepEqual(await site.rollover.retireUnneeded(), []);
	await refuses(site.rollover.retire('issuing.hall', 1, false), 'ca-needed', /device hall\/d-1 still needs/);

	// The old certificate is still good at the door, and is renewed under the new CA.
	assert.equal(await site.renew('d-1'), true);
	const after = await site.reopen('d-1');
	const fresh = (await site.authority.issuing('hall')).certificate;
	assert.ok(isIssuedBy(before.leaf.der, old.der) && isIssuedBy(after.leaf.der, fresh.der));
	await site.join('d-2');

	site.clock.offset = days(31);
	assert.deepEqual(await site.rollover.retireUnneeded(), [{ name: 'issuing.hall', number: 1 }]);
});

test('a live device learns the next service CA before it is shown; who has not holds the change up', async (t) => {
	const site = await start(t);
	await site.join('d-1');
	const sleeper = await site.join('d-2');
	const [first] = decodePem('CERTIFICATE', sleeper.serviceCa, 'identity-file');
	assert.ok(first);
	assert.equal(await site.refresh('d-1'), false);
	await site.authority.roll('service-ca', false);
	const lateString = (await site.registrar.expectDevice('hall', 'd-3')).commissioning;
	assert.deepEqual(await site.rollover.uninformed(), [
		{ kind: 'device', application: 'hall', id: 'd-1' },
		{ kind: 'device', application: 'hall', id: 'd-2' },
	]);
	await refuses(site.rollover.activate(false), 'ca-needed', /d-1, device hall\/d-2/);
	assert.equal(await site.refresh('d-1'), true);
	assert.equal(anchorsOf(await site.reopen('d-1')), 2);
	assert.equal(await site.refresh('d-1'), false);
	await refuses(site.rollover.activate(false), 'ca-needed', /^device hall\/d-2 still/);
	// By renewal as well.
	assert.equal(await site.renew('d-2'), true);
	assert.equal(anchorsOf(await site.reopen('d-2')), 2);
	assert.deepEqual(await site.rollover.uninformed(), []);
	await site.rollover.activate(false);

	for (const id of ['d-1', 'd-2']) assert.equal(await site.renew(id), true, id);
	// A string that was given out before carries the former CA's hash.
	const clock = site.clock;
	await commission({ commissioning: lateString, folder: join(site.folder, 'd-3'), kind: 'device', clock });
	assert.equal(anchorsOf(await site.reopen('d-3')), 2);
	const { serviceCa } = parseCommissioning((await site.registrar.expectDevice('hall', 'd-4')).commissioning);
	assert.notDeepEqual(serviceCa, parseCommissioning(lateString).serviceCa);
	// One with the new hash: it never takes the former CA for an anchor on the word of the new one.
	await site.join('d-5');

	await refuses(site.rollover.retire('service-ca', 1, false), 'ca-needed');
	for (const id of ['d-3', 'd-5']) await site.refresh(id);
	await refuses(site.rollover.retire('service-ca', 1, false), 'ca-needed', /good for a day/);
	assert.deepEqual(await site.rollover.retireUnneeded(), []);
	site.clock.offset = hours(25);
	assert.deepEqual(await site.rollover.retireUnneeded(), [{ name: 'service-ca', number: 1 }]);
	assert.equal(await site.refresh('d-1'), true);
	const last = await site.reopen('d-1');
	assert.equal(anchorsOf(last), 1);
	assert.notDeepEqual(decodePem('CERTIFICATE', last.serviceCa, 'identity-file'), [first]);
	assert.equal(await site.renew('d-1'), true);
});

test('forced, a device that slept follows the link while the former CA counts, and is cut off after', async (t) => {
	const site = await start(t);
	for (const id of ['d-1', 'd-2']) await site.join(id);
	await site.authority.roll('service-ca', false);
	await site.rollover.activate(true);
	assert.equal(await site.renew('d-1'), true, 'by the link');
	await site.rollover.retire('service-ca', 1, true);
	assert.equal(await site.renew('d-1'), true);
	await refuses(site.renew('d-2'), 'service-not-trusted');
});

test('a token that is away: enrolment waits with 503, and nothing is lost when it is back', async (t) => {
	if (!needsSoftHsm(t)) return;
	const hsm = await startSoftHsm();
	t.after(() => hsm.close());
	const custody = { custody: 'pkcs11', module: SOFTHSM_MODULE, token: hsm.token, pinFile: hsm.pinFile } as const;
	const site = await start(t, { custody });
	await site.join('d-1');
	const { commissioning } = await site.registrar.expectDevice('hall', 'd-2');
	const other = await site.registrar.expectDevice('hall', 'd-3');
	await hsm.remove();

	const again = (): Promise<Identity> =>
		commission({ commissioning, folder: join(site.folder, 'd-2'), kind: 'device', clock: site.clock });
	await refuses(again(), 'token-absent');
	await refuses(again(), 'token-absent');
	site.clock.offset = days(21);
	await refuses(site.renew('d-1'), 'token-absent');
	site.clock.offset = 0;
	const key = await createFileKey(join(site.folder, 'k'), 'key', 'P-256');
	const { token, ...name } = parseCommissioning(other.commissioning);
	const csr = parseCsr(await buildCsr({ subject: principalSubject(name) }, key));
	await refuses(site.registrar.enrol(csr, token, overTls), 'token-absent');
	assert.equal((await site.store.openIntents()).length, 3, 'one for each key, however often it asked');
	assert.deepEqual(await site.registrar.recover(), { issued: 0, abandoned: 0 });

	await hsm.putBack();
	await new Promise((resolve) => setTimeout(resolve, 1100));
	assert.equal((await again()).id, 'd-2');
	assert.equal((await site.store.certificates({ kind: 'device', application: 'hall', id: 'd-2' })).length, 1);
	// A device that does not ask again is served all the same.
	assert.deepEqual(await site.registrar.recover(), { issued: 2, abandoned: 0 });
	const [given] = await site.registrar.enrol(csr, token, overTls);
	const kept = await site.store.certificates({ kind: 'device', application: 'hall', id: 'd-3' });
	assert.deepEqual(
		kept.map(({ der }) => der),
		[given],
	);
	assert.equal(await site.renew('d-1'), true);
	assert.deepEqual(await site.store.openIntents(), []);
});

test('a site starts while its token is away, and what was open for a CA that rolled over is asked for again', async (t) => {
	if (!needsSoftHsm(t)) return;
	const hsm = await startSoftHsm();
	t.after(() => hsm.close());
	const custody = { custody: 'pkcs11', module: SOFTHSM_MODULE, token: hsm.token, pinFile: hsm.pinFile } as const;
	const home = temporaryFolder('keyward-away-');
	await (await openEstSite(home, { custody })).close();
	await hsm.remove();
	const site = await openEstSite(home, { custody });
	t.after(() => site.close());
	assert.equal(
		(await site.authority.list()).every(({ key }) => key === 'absent'),
		true,
	);
	const { commissioning } = await site.registrar.expectDevice('hall', 'd-1');
	const place = { commissioning, folder: join(home, 'd-1'), kind: 'device', clock: site.clock } as const;
	await refuses(commission(place), 'token-absent');
	await hsm.putBack();
	await new Promise((resolve) => setTimeout(resolve, 1100));
	await site.authority.roll('issuing.hall', false);
	const { leaf } = await commission(place);
	assert.ok(isIssuedBy(leaf.der, (await site.authority.issuing('hall')).certificate.der));
	assert.deepEqual(await site.store.openIntents(), []);
	assert.match(await readFile(join(home, 'd-1', 'certificate.pem'), 'utf8'), /BEGIN CERTIFICATE/);
});
