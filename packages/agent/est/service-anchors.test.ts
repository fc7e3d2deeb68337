import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days } from '@keyward/core';
import { linkCertificate, serviceAuthorityCertificate, siteRootCertificate } from '@keyward/core/enrol';
import {
	assembleCertificate,
	type CertificateContent,
	type CertificateView,
	encodePem,
	freezeCertificate,
	readCertificate,
} from '@keyward/core/format';
import type { Signer } from '@keyward/core/port';
import { createFileKey } from '@keyward/custody';
import { followServiceCas } from './service-anchors.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const pem = (...certificates: CertificateView[]): string =>
	certificates.map(({ der }) => encodePem('CERTIFICATE', der)).join('');

const certify = async (content: CertificateContent, issuer: Signer): Promise<CertificateView> => {
	const toBeSigned = freezeCertificate(content, issuer.publicKey);
	return readCertificate(assembleCertificate(toBeSigned, issuer.publicKey, await issuer.sign(toBeSigned)));
};

test('a service CA is followed by links alone, forwards alone, and never into nothing', async () => {
	const folder = temporaryFolder('keyward-anchors-');
	const ca = async (name: string, now: number, make = serviceAuthorityCertificate) => {
		const signer = await createFileKey(join(folder, 'keys'), name, 'P-256');
		return { signer, root: await certify(make({ publicKey: signer.publicKey, now, entropy }), signer) };
	};
	type Ca = Awaited<ReturnType<typeof ca>>;
	const now = Date.now();
	const one = await ca('one', now - days(20));
	const two = await ca('two', now - days(10));
	const three = await ca('three', now);
	const site = await ca('site', now, siteRootCertificate);
	const link = (subject: Ca, issuer: Ca): Promise<CertificateView> =>
		certify(linkCertificate(subject.root, issuer.root, 'service-ca', { now, entropy }), issuer.signer);
	const twoByOne = await link(two, one);
	const oneByTwo = await link(one, two);
	const threeByTwo = await link(three, two);
	const ders = (...certificates: CertificateView[]): Uint8Array[] => certificates.map(({ der }) => der);
	const { root: first } = one;
	const { root: second } = two;
	const { root: third } = three;

	assert.equal(followServiceCas(pem(first), ders(site.root, first)), pem(first));
	assert.equal(followServiceCas(pem(first), ders(first, twoByOne, oneByTwo, second)), pem(first, second));
	// A root on nobody's word, such as somebody who has only the service's TLS key would tell; and the site's own.
	assert.equal(followServiceCas(pem(first), ders(first, second, site.root)), pem(first));
	assert.equal(followServiceCas(pem(first), ders(first, third, threeByTwo)), pem(first));
	// Two rollovers while it slept.
	const all = ders(first, twoByOne, oneByTwo, second, threeByTwo, third);
	assert.equal(followServiceCas(pem(first), all), pem(first, second, third));
	assert.equal(followServiceCas(pem(first), ders(third, threeByTwo, second, twoByOne)), pem(third, second));
	// Not backwards: a former CA, perhaps stolen, on the word of its successor.
	assert.equal(followServiceCas(pem(second), all), pem(second, third));
	// What is named no more is let go; a link is no anchor; all at once is a mistake or an attack.
	assert.equal(followServiceCas(pem(first, second), ders(second, twoByOne)), pem(second));
	assert.equal(followServiceCas(pem(first), ders(twoByOne)), pem(first));
	assert.equal(followServiceCas(pem(first), [Uint8Array.of(1, 2, 3)]), pem(first));
});
