import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateOrigin, IssuedCertificate } from '@keyward/core/port';
import { admit, bytes, certificate, expected, intent, mast, moveTo, probe, token } from './registry.ts';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

const foreign: CertificateOrigin = { issuer: bytes(90), signedPart: bytes(91) };

/** As another CA gave it, which gives its serial numbers by itself. */
const given = (name: typeof probe, serial: string, key: number, seed: number): IssuedCertificate =>
	certificate(intent(name, serial, key, { token: bytes(1) }), seed);

/** Certificates that were not made here. */
export const adoptionSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a certificate of another CA is that of its issuer, serial number and signed part, and says that it was adopted`, () =>
		withStore(open, async (store) => {
			const own = await admit(store, mast);
			await store.expect(expected(probe), token(probe, 2));
			await store.intend(intent(probe, 'ff', 9, { token: bytes(2) }));
			// The same serial number as that of one of ours.
			const one = given(probe, own.serial, 8, 40);
			assert.equal(await store.adopt(one, foreign, 60), true);
			const kept = { ...one, evidence: { ...one.evidence, adopted: true } };
			assert.deepEqual(await store.certificates(probe), [kept]);
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'commissioned', at: 60 });
			assert.equal(await store.token(bytes(2)), null);
			assert.deepEqual(await store.openIntents(), [], 'no second key comes in beside it');
			assert.deepEqual(await store.holders(bytes(8)), [probe]);
			assert.deepEqual(await store.certificateBySerial(own.serial), own, 'OCSP tells of ours alone');
			// Signed again, it is the same one; under its serial number another is a stranger.
			assert.equal(await store.adopt({ ...one, fingerprint: bytes(41) }, foreign, 61), false);
			const other = { ...foreign, signedPart: bytes(92) };
			await rejects(store.adopt({ ...one, fingerprint: bytes(42) }, other, 61), 'certificate-malformed');
			assert.deepEqual(await store.certificates(probe), [kept]);
			const revoked = { at: 70, cause: 'keyCompromise', reason: 'stolen' } as const;
			assert.equal((await store.retire(probe, revoked)).length, 1);
			assert.deepEqual((await store.certificate(one.fingerprint))?.revoked, revoked);
			assert.equal(await store.adopt(one, foreign, 80), false);
			assert.deepEqual((await store.certificate(one.fingerprint))?.revoked, revoked, 'it is not revived');
		}));

	test(`${name}: who may have one: who is expected or has a good one, with a key of nobody else`, () =>
		withStore(open, async (store) => {
			await admit(store, probe);
			await rejects(store.adopt(given(mast, '1a', 8, 40), foreign, 60), 'device-not-expected');
			await store.expect(expected(mast), token(mast, 2));
			await rejects(store.adopt(given(mast, '1a', 7, 40), foreign, 60), 'changed-meanwhile');
			assert.deepEqual(await store.token(bytes(2)), token(mast, 2), 'nothing of it is kept');
			assert.equal(await store.adopt(given(mast, '1a', 7, 40), foreign, 60, [probe]), true);
			await moveTo(store, probe, 'quarantined', 61);
			await rejects(store.adopt(given(probe, '1b', 8, 41), foreign, 62), 'device-not-expected');
		}));

	test(`${name}: one by a CA of this site is taken in as a renewal`, () =>
		withStore(open, async (store) => {
			const first = await admit(store, probe);
			const second = given(probe, '0b', 7, 21);
			assert.equal(await store.adopt(second, null, 60), true);
			assert.equal((await store.principal(probe))?.state, 'active');
			const third = given(probe, '0c', 8, 22);
			assert.equal(await store.adopt(third, null, 61), true);
			assert.equal((await store.principal(probe))?.state, 're-keyed');
			assert.equal(await store.adopt(third, null, 62), false);
			await rejects(store.adopt({ ...third, fingerprint: bytes(23) }, null, 62), 'certificate-malformed');
			assert.deepEqual(await store.certificates(probe), [first, second, third]);
			assert.deepEqual(await store.certificateBySerial('0c'), third);
		}));
};
