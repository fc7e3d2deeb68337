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

test('keys beside that of the certificate', async (t) => {
	const site = await startSite(t);
	const reader = (await site.commissionReader('hall', 'desk')).identity;

	await t.test('a reader makes an agreement key, registers it and keeps it; it agrees and signs nothing', async () => {
		const thumbprint = agreementKeyThumbprint(reader);
		assert.match(thumbprint ?? '', /^[0-9a-f]{64}$/);
		const key = await requireAgreementKey(reader);
		const other = makeEphemeralAgreementKey();
		assert.deepEqual(await key.agree(other.publicKey), await other.agree(key.publicKey));
		assert.notDeepEqual(key.publicKey, reader.leaf.publicKey);
		// Its other half in suite 2.
		const kem = await requireKemKey(reader);
		const { ciphertext, secret } = await encapsulateKem(kem.publicKey);
		assert.deepEqual(await kem.decapsulate(ciphertext), secret);
		const keys = (await site.ask('key.list', { application: 'hall' })).find(({ id }) => id === 'desk')?.keys ?? [];
		assert.deepEqual(
			new Map(keys.map((one) => [one.purpose, one.thumbprint])),
			new Map([
				['agreement', thumbprint],
				['kem', kemKeyThumbprint(reader)],
			]),
		);
		await assert.rejects(reader.keyStore.open(reader.kemKey?.name ?? ''), { code: 'key-file' });
		await assert.rejects(reader.keyStore.open(reader.agreementKey?.name ?? ''), { code: 'key-file' });

		// Cut short between the registration and the record: the same key, once.
		const record = { ...((await readIdentityRecord(reader.folder)) ?? assert.fail()) };
		assert.ok(delete record.agreementKey);
		await writeIdentityRecord(reader.folder, record);
		await requireAgreementKey(await openIdentity(reader.folder));
		assert.equal(agreementKeyThumbprint(await openIdentity(reader.folder)), thumbprint);
		assert.equal(agreementKeyName(reader), 'agreement_hall_desk');
	});

	await t.test(
		'a device makes a stream key beside the other, shows that it has it, and keeps it until it is commissioned again',
		async () => {
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
			await assert.rejects(
				registers(),
				{ code: 'key-registered' },
				'who has the other key alone puts none in its place',
			);
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
			await assert.rejects(registerKey(reader, { purpose: 'stream', key: base64(other.publicKey) }), {
				code: 'key-form',
			});
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
		},
	);
});
