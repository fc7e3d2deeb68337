import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openSqliteStore } from '@keyward/store';
import { admit, bytes, moveTo, probe } from '@keyward/testing/store/registry';
import { rememberRegistry, type SessionRegistry } from './remembered-registry.ts';

const open = async (t: TestContext, covered: boolean) => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-remembered-'));
	const store = openSqliteStore(folder);
	t.after(async () => {
		await store.close();
		rmSync(folder, { recursive: true });
	});
	if (covered) store.log.registry.cover(new Uint8Array(32), false, () => {});
	const certificate = await admit(store, probe);
	let [asked, fails] = [0, false];
	const counted = <Input extends readonly unknown[], Output>(ask: (...input: Input) => Promise<Output>) => {
		return async (...input: Input): Promise<Output> => {
			asked++;
			if (fails) throw new Error('the disk is gone');
			return ask(...input);
		};
	};
	const registry: SessionRegistry = rememberRegistry(
		{
			certificate: counted(store.certificate),
			certificates: counted(store.certificates),
			principal: counted(store.principal),
			registeredKeys: counted(store.registeredKeys),
			hasOtherKeys: counted(store.hasOtherKeys),
		},
		() => store.log.registry.size(),
	);
	/** All that a session asks: from the registry, and as the store has it. */
	const ask = async ({ fingerprint, key }: typeof certificate, of: SessionRegistry = registry) => ({
		certificate: await of.certificate(fingerprint),
		certificates: await of.certificates(probe),
		principal: await of.principal(probe),
		keys: await of.registeredKeys(probe),
		others: await of.hasOtherKeys(probe, key),
	});
	return {
		...{ store, registry, certificate, ask },
		get asked() {
			return asked;
		},
		fail: (now: boolean) => void (fails = now),
	};
};

test('what a session asks of the registry is read once, and again after each change of it', async (t) => {
	const site = await open(t, true);
	const { store, certificate, ask } = site;
	const agrees = async (): Promise<void> => assert.deepEqual(await ask(certificate), await ask(certificate, store));
	await agrees();
	const { asked } = site;
	await agrees();
	assert.equal(site.asked, asked);
	const revocation = { at: 60, cause: 'superseded', reason: 'x' } as const;
	for (const change of [
		() => store.registerKey(probe, { purpose: 'stream', key: bytes(9), at: 5 }),
		() => moveTo(store, probe, 'quarantined', 7),
		() => moveTo(store, probe, 'active', 8),
		() => store.revoke(certificate.fingerprint, revocation),
		() => admit(store, { ...probe, id: 'another' }, 1),
		() => store.retire(probe, revocation),
	]) {
		const before = await ask(certificate);
		await change();
		await agrees();
		if (change.toString().includes('another')) assert.deepEqual(await ask(certificate), before);
		else assert.notDeepEqual(await ask(certificate), before, change.toString());
	}
});

test('where changes of the registry are not seen, nothing of it is remembered', async (t) => {
	const { store, certificate, ask } = await open(t, false);
	assert.equal((await ask(certificate)).certificate?.revoked, null);
	await store.revoke(certificate.fingerprint, { at: 60, cause: 'keyCompromise', reason: 'x' });
	assert.equal((await ask(certificate)).certificate?.revoked?.at, 60);
});

test('a question that failed is asked again', async (t) => {
	const { registry, fail } = await open(t, true);
	fail(true);
	await assert.rejects(registry.principal(probe), /the disk is gone/);
	fail(false);
	assert.equal((await registry.principal(probe))?.id, probe.id);
});
