import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { proveKey } from '@keyward/core/enrol';
import { encapsulateKem, makeEphemeralAgreementKey, makeEphemeralKey } from '@keyward/custody';
import { startSite } from '@keyward/testing/service/site';
import { openIdentity, readIdentityRecord, writeIdentityRecord } from '../identity/identity.ts';
import {
	agreementKeyName,
	agreementKeyThumbprint,
	kemKeyThumbprint,
	requireKemKey,
	registerKey,
	requireAgreementKey,
	requireStreamKey,
	streamKeyName,
	streamKeyThumbprint,
} from './register-key.ts';
import { rekey } from './rekey.ts';
import { retire } from './retire.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const name = { application: 'hall', device: 'probe-1' };

test('a device makes a stream key beside the other, shows that it has it, and keeps it until it is commissioned again', async (t) => {
	const site = await startSite(t, { linkWorkers: 1 });
	const shown = async () =>
		(await site.ask('device.show', name)).keys.map(({ purpose, thumbprint }) => [purpose, thumbprint]);
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const { folder } = identity;
	const thumbprint = streamKeyThumbprint(identity);
	assert.match(thumbprint ?? '', /^[0-9a-f]{64}$/);
	assert.deepEqual(await shown(), [['stream', thumbprint]]);
	assert.notDeepEqual((await requireStreamKey(identity)).publicKey, identity.leaf.publicKey, 'it is another key');

	// Cut short between the registration and the record: the same key, once.
	const record = { ...((await readIdentityRecord(folder)) ?? assert.fail()) };
	assert.ok(delete record.streamKey);
	await writeIdentityRecord(folder, record);
	await requireStreamKey(await openIdentity(folder));
	assert.equal(streamKeyThumbprint(await openIdentity(folder)), thumbprint);
	await rekey({ folder });
	assert.equal(streamKeyThumbprint(await openIdentity(folder)), thumbprint);
	assert.deepEqual(await shown(), [['stream', thumbprint]]);

	const device = await openIdentity(folder);
	const registers = async (
		signer = makeEphemeralKey(),
		proof = proveKey(device, signer),
		purpose = 'stream' as const,
	) => registerKey(device, { purpose, key: base64(signer.publicKey), proof: base64(await proof) });
	await assert.rejects(registers(), { code: 'key-registered' }, 'who has the other key alone puts none in its place');
	const other = makeEphemeralKey();
	await assert.rejects(registers(makeEphemeralKey(), proveKey(device, other)), { code: 'key-not-proven' });
	await assert.rejects(registers(other, proveKey({ ...device, id: 'probe-2' }, other)), { code: 'key-not-proven' });
	await assert.rejects(registerKey(device, { purpose: 'stream', key: base64(other.publicKey) }), {
		code: 'key-not-proven',
	});
	await assert.rejects(registerKey(device, { purpose: 'agreement', key: base64(other.publicKey) }), {
		code: 'key-form',
	});
	const second = (await site.commissionDevice('hall', 'probe-2')).identity;
	await assert.rejects(
		registerKey(second, {
			purpose: 'stream',
			key: base64(second.leaf.publicKey),
			proof: base64(await proveKey(second, await second.signer())),
		}),
		{ code: 'key-seen-before' },
		'the key of a certificate has no second use',
	);
	const reader = (await site.commissionReader('hall', 'desk')).identity;
	await assert.rejects(registerKey(reader, { purpose: 'stream', key: base64(other.publicKey) }), { code: 'key-form' });
	await assert.rejects(registerKey(reader, { purpose: 'agreement', key: base64(other.publicKey) }), {
		code: 'key-registered',
	});

	// Its part has the old key still when it is commissioned again.
	await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'moved' });
	const { identity: again } = await site.commissionDevice('hall', 'probe-1');
	const next = streamKeyThumbprint(again);
	assert.notEqual(next, thumbprint);
	assert.deepEqual(await shown(), [['stream', next]]);
	await retire({ folder: again.folder });
	assert.equal((await readdir(again.folder)).includes('keys'), false);
	await rm(join(folder, 'keys'), { recursive: true });
	assert.equal(streamKeyName(again), 'stream_hall_probe-1');
});

test('a reader makes an agreement key, registers it and keeps it; it agrees and signs nothing', async (t) => {
	const site = await startSite(t, { linkWorkers: 1 });
	const { identity } = await site.commissionReader('hall', 'desk');
	const thumbprint = agreementKeyThumbprint(identity);
	assert.match(thumbprint ?? '', /^[0-9a-f]{64}$/);
	const key = await requireAgreementKey(identity);
	const other = makeEphemeralAgreementKey();
	assert.deepEqual(await key.agree(other.publicKey), await other.agree(key.publicKey));
	assert.notDeepEqual(key.publicKey, identity.leaf.publicKey);
	// Its other half in suite 2.
	const kem = await requireKemKey(identity);
	const { ciphertext, secret } = await encapsulateKem(kem.publicKey);
	assert.deepEqual(await kem.decapsulate(ciphertext), secret);
	const keys = (await site.ask('key.list', { application: 'hall' })).find(({ id }) => id === 'desk')?.keys ?? [];
	assert.deepEqual(
		new Map(keys.map((one) => [one.purpose, one.thumbprint])),
		new Map([
			['agreement', thumbprint],
			['kem', kemKeyThumbprint(identity)],
		]),
	);
	await assert.rejects(identity.keyStore.open(identity.kemKey?.name ?? ''), { code: 'key-file' });
	await assert.rejects(identity.keyStore.open(identity.agreementKey?.name ?? ''), { code: 'key-file' });

	// Cut short between the registration and the record: the same key, once.
	const record = { ...((await readIdentityRecord(identity.folder)) ?? assert.fail()) };
	assert.ok(delete record.agreementKey);
	await writeIdentityRecord(identity.folder, record);
	await requireAgreementKey(await openIdentity(identity.folder));
	assert.equal(agreementKeyThumbprint(await openIdentity(identity.folder)), thumbprint);
	assert.equal(agreementKeyName(identity), 'agreement_hall_desk');
});
