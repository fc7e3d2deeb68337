import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { days, minutes } from '@keyward/core';
import { principalSubject } from '@keyward/core/enrol';
import { buildCsr, decodeBase64, decodeCertsOnly, parseCsr, readCertificate } from '@keyward/core/format';
import { TPMT_PUBLIC } from '@keyward/core/tpm2';
import { createFileKey } from '@keyward/custody';
import {
	makeTpmManufacturer,
	needsSwtpm,
	startSwtpm,
	type TestTpm,
	type TestTpmManufacturer,
} from '@keyward/testing/custody/swtpm';
import { createAttestationKey, createTpm2Key } from '@keyward/custody/tpm2';
import {
	base64,
	challengeOf,
	connect,
	type Connection,
	csrOf,
	emulatorOf,
	enrolAttested,
	evidenceOf,
	makeTpmDevice,
	openChallenge,
	openStrictSite,
	type Reply,
	type TpmDevice,
} from './attestation.fixture.ts';

const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;

const isRefused = ({ status, code, text }: Reply, expected: string, expectedStatus = 403): void =>
	assert.deepEqual([code, status], [expected, expectedStatus], text);

/** Two TPMs of one manufacturer, and one of another; a site that believes the first manufacturer. */
const open = async (t: TestContext) => {
	const manufacturers = [await makeTpmManufacturer(), await makeTpmManufacturer()] as const;
	const deviceOf = async (manufacturer: TestTpmManufacturer): Promise<TpmDevice & { readonly swtpm: TestTpm }> => {
		const swtpm = await startSwtpm(t, { manufacturer });
		return { ...(await makeTpmDevice(t, swtpm, manufacturer)), swtpm };
	};
	const own = await deviceOf(manufacturers[0]);
	const [other, foreign] = await Promise.all([deviceOf(manufacturers[0]), deviceOf(manufacturers[1])]);
	const site = await openStrictSite(t, [await emulatorOf(manufacturers[0])]);
	return { ...site, own, other, foreign };
};

test('attested enrolment', async (t) => {
	if (!needsSwtpm(t)) return;
	const site = await open(t);
	const { own, other, foreign, store, clock, refused, folder } = site;
	const pass = (span: number): void => void (clock.offset += span);
	/** A device that is expected as `own`, on a new connection; minutes after everything before. */
	const begin = async (id = 'probe-1', part = own.part): Promise<Connection & { readonly token: string }> => {
		pass(minutes(2));
		const token = await site.expectPart(id, part);
		return { ...(await connect(t, site, token)), token };
	};
	const challenged = async (connection: Connection, device: TpmDevice = own): Promise<Uint8Array> => {
		const reply = await connection.post('challenge', challengeOf(device));
		assert.equal(reply.status, 200, reply.text);
		return openChallenge(device, reply);
	};
	const show = async (connection: Connection, nonce: Uint8Array, on: Connection = connection, id = 'hall/probe-1') =>
		connection.post('evidence', await evidenceOf(own, nonce, on, id));

	await t.test(
		'without evidence nobody gets in, and another TPM of the same manufacturer does not either',
		async () => {
			const connection = await begin();
			isRefused(await connection.post('simpleenroll', await csrOf(own.key)), 'evidence-missing');
			const file = await createFileKey(join(folder, 'keys'), 'file', 'P-256');
			isRefused(await connection.post('simpleenroll', await csrOf(file)), 'evidence-missing');
			isRefused(await connection.post('challenge', challengeOf(other)), 'part-unexpected');
			isRefused(await connection.post('challenge', challengeOf(foreign)), 'endorsement-untrusted');
			assert.ok(refused.includes('part-unexpected'));
		},
	);

	await t.test('chains that are broken, mixed, lapsed or no certificates', async () => {
		const connection = await begin();
		const withChain = (...chain: readonly (Uint8Array | undefined)[]) =>
			connection.post('challenge', challengeOf({ ...own, chain: chain.map((one) => one ?? new Uint8Array()) }));
		const [leaf, issuer] = own.chain;
		isRefused(await withChain(issuer, leaf), 'endorsement-chain');
		isRefused(await withChain(leaf), 'endorsement-untrusted');
		isRefused(await withChain(foreign.chain[0], issuer), 'endorsement-chain');
		isRefused(await withChain(issuer), 'endorsement-chain');
		isRefused(await withChain(leaf?.subarray(0, -3), issuer), 'certificate-malformed', 400);
		isRefused(await withChain(), 'endorsement-chain');
		pass(0 - days(30));
		const early = await begin();
		isRefused(await early.post('challenge', challengeOf(own)), 'endorsement-expired');
		pass(days(30));
	});

	await t.test('malformed requests, and attestation keys that would sign anything', async () => {
		const connection = await begin();
		const good = challengeOf(own);
		for (const body of ['', '[]', 'x', '{}', { ...good, more: 1 }, { ...good, format: 'tpm1' }]) {
			isRefused(await connection.post('challenge', body), 'request-malformed', 400);
		}
		isRefused(await connection.post('challenge', { ...good, attestationKey: 'AAE=' }), 'tpm-malformed', 400);
		const loose = { ...own, attestationKey: { ...own.attestationKey, publicArea: own.key.publicArea } };
		isRefused(await connection.post('challenge', challengeOf(loose)), 'attestation-key');
		isRefused(await connection.post('evidence', { key: 'AA==' }), 'request-malformed', 400);
		const stranger = await connect(t, site, 'guessed');
		isRefused(await stranger.post('challenge', good), 'token-unknown', 401);
	});

	await t.test(
		'the nonce is in the credential alone, and only the TPM with that attestation key finds it',
		async () => {
			const connection = await begin();
			const reply = await connection.post('challenge', challengeOf(own));
			await assert.rejects(openChallenge({ ...own, tpm: other.tpm, attestationKey: other.attestationKey }, reply));
			const second = await createAttestationKey(
				own.tpm,
				join(own.swtpm.folder, 'keys'),
				'second',
				own.attestationKey.endorsement,
			);
			await assert.rejects(openChallenge({ ...own, attestationKey: second }, reply), 'a swapped attestation key');
			isRefused(await show(connection, new Uint8Array(randomBytes(32))), 'evidence-stale');
		},
	);

	await t.test('evidence that is old, replayed, from another connection or for another device', async () => {
		const connection = await begin();
		isRefused(await show(connection, new Uint8Array(32)), 'evidence-stale');
		const first = await challenged(connection);
		const nonce = await challenged(connection);
		isRefused(await show(connection, first), 'evidence-stale');
		isRefused(await show(connection, nonce), 'evidence-stale', 403);
		const elsewhere = await connect(t, site, connection.token);
		const onOne = await challenged(connection);
		isRefused(await show(elsewhere, onOne), 'evidence-stale');
		isRefused(await show(connection, onOne, elsewhere), 'evidence-stale');
		isRefused(await show(connection, onOne), 'evidence-stale');
		isRefused(await show(connection, await challenged(connection), connection, 'hall/probe-2'), 'evidence-stale');
		const good = await challenged(connection);
		pass(minutes(1) + 1000);
		isRefused(await show(connection, good), 'evidence-stale');
		const shown = await show(connection, await challenged(connection));
		assert.equal(shown.status, 204, shown.text);
		pass(minutes(1) + 1000);
		isRefused(await connection.post('simpleenroll', await csrOf(own.key)), 'evidence-stale');
		// It was spent by the try.
		isRefused(await connection.post('simpleenroll', await csrOf(own.key)), 'evidence-missing');
	});

	await t.test('evidence of another key, by another key, or cut short', async () => {
		const connection = await begin();
		const said = async () => evidenceOf(own, await challenged(connection), connection);
		const file = await createFileKey(join(folder, 'keys'), 'other', 'P-256');
		const { status } = await connection.post('evidence', await said());
		assert.equal(status, 204);
		isRefused(await connection.post('simpleenroll', await csrOf(file)), 'key-not-attested');
		isRefused(
			await connection.post('evidence', {
				...(await said()),
				signature: (await evidenceOf(other, new Uint8Array(32), connection)).signature,
			}),
			'attestation-signature',
		);
		const second = await createTpm2Key(own.tpm, join(own.swtpm.folder, 'keys'), 'spare');
		const swapped = { ...(await said()), key: base64(TPMT_PUBLIC.marshal(second.publicArea)) };
		isRefused(await connection.post('evidence', swapped), 'evidence-stale');
		for (const part of ['key', 'attest', 'signature'] as const) {
			const evidence = await said();
			const cut = base64(Buffer.from(evidence[part], 'base64').subarray(0, -1));
			isRefused(await connection.post('evidence', { ...evidence, [part]: cut }), 'tpm-malformed', 400);
		}
	});

	await t.test('more challenges in a minute than a slow TPM needs are refused', async () => {
		const connection = await begin('probe-9');
		for (let count = 0; count < 10; count++) await challenged(connection, own);
		isRefused(await connection.post('challenge', challengeOf(own)), 'challenge-limit', 429);
		pass(minutes(1) + 1000);
		await challenged(connection);
	});

	await t.test('a TPM that dies midway: the same device begins again with the same key', async () => {
		const connection = await begin();
		await connection.post('challenge', challengeOf(own));
		await own.swtpm.kill();
		await assert.rejects(enrolAttested(own, connection));
		await own.swtpm.start();
		// Its TPM counted a security floor in an earlier life.
		const floor = { part: own.part, application: 'hall', device: 'probe-1', floor: 9, origin: 1n, at: clock.now() };
		await store.putCountedFloor(floor);
		const reply = await enrolAttested(own, await connect(t, site, connection.token));
		assert.equal(reply.status, 200, reply.text);
		assert.equal(await store.countedFloor(own.part), null, 'commissioned again, its next floor is the first');
		await store.putCountedFloor(floor);
		const [certificate] = decodeCertsOnly(decodeBase64(reply.text, 'certificate-malformed'));
		assert.ok(certificate !== undefined);
		assert.deepEqual(readCertificate(certificate).publicKey, own.key.publicKey);
		// The answer may have been lost: the same again.
		const later = await connect(t, site, connection.token);
		isRefused(await later.post('challenge', challengeOf(own)), 'token-spent', 401);
		const again = await later.post('simpleenroll', await csrOf(own.key));
		assert.equal(again.text, reply.text);
		assert.deepEqual(await store.countedFloor(own.part), floor, 'a token that is shown again forgets nothing');
		const [issued, ...more] = await store.certificates(name);
		assert.deepEqual(more, []);
		assert.deepEqual(
			{ ...issued?.evidence, path: issued?.evidence.path?.length },
			{
				custody: 'tpm2',
				proof: 'attested',
				part: own.part,
				manufacturer: 'test emulator',
				emulated: true,
				path: 6,
			},
		);
		const facts = new Map((await store.facts('hall')).map((fact) => [fact.claim, fact]));
		assert.deepEqual(
			['key-custody', 'expected-device'].map((claim) => {
				const { value, strength, source } = facts.get(claim as never) ?? assert.fail(claim);
				return [value, strength, source];
			}),
			[
				['hardware-attested', 'attested', 'registrar (emulated part)'],
				['token-this-part', 'attested', 'registrar (emulated part)'],
			],
		);
		const renewed = await site.registrar.renew(
			parseCsr(await buildCsr({ subject: principalSubject(name) }, own.key)),
			Buffer.from(issued?.fingerprint ?? []).toString('hex'),
			{ label: null, binding: null, link: { protocol: 'TLSv1.3', groups: 'any' } },
		);
		assert.equal(renewed.length, 2, 'the same key needs no new evidence');
		assert.deepEqual(await store.countedFloor(own.part), floor);
	});
});
