import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { after, test } from 'node:test';
import { authorityPin } from '@keyward/core/enrol';
import { buildCsr, decodeCertsOnly, decodePem, encodePem, readCertificate } from '@keyward/core/format';
import { signerOf } from '@keyward/testing/service/key-signer';
import { makePartManufacturer, type PartManufacturer } from '@keyward/testing/service/part-manufacturer';
import { hallPolicy, startSite, type TestSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire, readingPacket } from '@keyward/testing/service/wire';

// An existing fleet: devices with certificates of another CA, from the import to a certificate of this site.

const withCas = (...pins: readonly string[]): string =>
	hallPolicy.replace('streams: [dose-rate, state] }', `streams: [dose-rate, state], other-cas: [${pins.join(', ')}] }`);

interface Fleet {
	readonly site: TestSite;
	readonly manufacturer: PartManufacturer;
	readonly serviceCa: string;
	/** A device that another CA certified. */
	make(
		id: string,
		by?: PartManufacturer,
	): Promise<{ readonly pem: string; readonly key: KeyObject; readonly tls: Identity['tls'] }>;
	take(device: string, certificate: string, by?: PartManufacturer): Promise<{ readonly isNew: boolean }>;
}

interface Identity {
	readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
}

const open = async (): Promise<Fleet> => {
	const manufacturer = await makePartManufacturer();
	const site = await startSite({ after }, { policies: [withCas(authorityPin(manufacturer.root))] });
	const serviceCa = (await site.commissionReader('hall', 'desk')).tls.ca;
	const make: Fleet['make'] = async (id, by = manufacturer) => {
		const { publicKey, privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const der = await by.identify(id, new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })));
		const pem = encodePem('CERTIFICATE', der);
		return {
			pem,
			key,
			tls: { cert: pem, key: key.export({ format: 'pem', type: 'pkcs8' }).toString(), ca: serviceCa },
		};
	};
	const take: Fleet['take'] = (device, certificate, by = manufacturer) =>
		site.ask('device.adopt', {
			application: 'hall',
			device,
			certificate,
			authority: encodePem('CERTIFICATE', by.root),
		});
	return { site, manufacturer, serviceCa, make, take };
};

const otherCa = async (site: TestSite): Promise<readonly string[]> => {
	const [posture] = await site.ask('posture', { application: 'hall' });
	return (posture?.otherCa ?? []).map(({ id }) => id);
};

const reenrol = async (
	site: TestSite,
	{ tls }: Identity,
	subject: Parameters<typeof buildCsr>[0]['subject'],
	key: KeyObject,
) => {
	const body = Buffer.from(await buildCsr({ subject }, signerOf(key))).toString('base64');
	const sent = request({
		...{ ...tls, host: '127.0.0.1', servername: 'localhost', port: site.httpsPort, agent: false, method: 'POST' },
		...{ path: '/.well-known/est/hall/simplereenroll', headers: { 'content-type': 'application/pkcs10' } },
	});
	const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
	sent.end(body);
	const [response] = await answered;
	let text = '';
	for await (const part of response.setEncoding('utf8')) text += part;
	return { status: response.statusCode, text };
};

/** The certificate of a certs-only answer. */
const issuedIn = (text: string): string => {
	const [der] = decodeCertsOnly(new Uint8Array(Buffer.from(text, 'base64')));
	assert(der !== undefined);
	return encodePem('CERTIFICATE', der);
};

const fleet = await open();

test('a device with a certificate of another CA is registered, publishes, and changes to a certificate of this site', async (t) => {
	const { site, make, take, serviceCa } = fleet;
	const old = await make('pump-7');
	assert.deepEqual(await take('pump-7', old.pem), { isNew: true });
	assert.deepEqual(await take('pump-7', old.pem), { isNew: false });
	const shown = await site.ask('device.show', { application: 'hall', device: 'pump-7' });
	assert.equal(shown.certificates[0]?.evidence.adopted, true);
	assert.deepEqual(await otherCa(site), ['pump-7']);

	const session = await openSession(t, site, old);
	session.send(readingPacket('pump-7', 1, [{ time: Date.now() }]));
	assert.equal((await session.next('puback')).reasonCode, 0);

	// As EST clients do it that make the request out of their certificate: the same key, and the other CA's subject.
	const subject = readCertificate(
		decodePem('CERTIFICATE', old.pem, 'certificate-malformed')[0] ?? new Uint8Array(),
	).subject;
	const wrong = await reenrol(site, old, [['CN', 'pump-8']], old.key);
	assert.equal(wrong.status, 403, wrong.text);
	const first = await reenrol(site, old, subject, old.key);
	assert.equal(first.status, 200, first.text);
	assert.match(new X509Certificate(issuedIn(first.text)).subject, /CN=pump-7/);
	assert.deepEqual(await otherCa(site), []);
	// Then with a new key, under the site's own certificate.
	const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const own = { tls: { ...old.tls, cert: issuedIn(first.text) } };
	const second = await reenrol(
		site,
		own,
		new X509Certificate(issuedIn(first.text)).subject.split('\n').map((one) => {
			const [type = '', value = ''] = one.split('=');
			return [type, value] as const;
		}),
		key,
	);
	assert.equal(second.status, 200, second.text);
	const renewed = {
		tls: { cert: issuedIn(second.text), key: key.export({ format: 'pem', type: 'pkcs8' }).toString(), ca: serviceCa },
	};
	const later = await openSession(t, site, renewed);
	later.send(readingPacket('pump-7', 1, [{ time: Date.now() }]));
	assert.equal((await later.next('puback')).reasonCode, 0);
	// The new key was used: what the other CA certified is over, and revoked here.
	const after = await site.ask('device.show', { application: 'hall', device: 'pump-7' });
	assert.ok(after.certificates.find(({ evidence }) => evidence.adopted)?.revoked);
	await assert.rejects(take('pump-7', old.pem), { code: 'certificate-revoked' });
});

test('what the policy does not name is nobody, and what it names no more is over', async (t) => {
	const { site, manufacturer, make, take } = fleet;
	const stranger = await makePartManufacturer();
	const theirs = await make('pump-1', stranger);
	await assert.rejects(take('pump-1', theirs.pem, stranger), { code: 'ca-retired' });
	await assert.rejects(take('pump-1', theirs.pem), { code: 'certificate-malformed' });
	const old = await make('pump-2');
	const attempt = async (who: Identity) => {
		const wire = await openWire(t, site, who);
		wire.send(connectPacket(5));
		return (await wire.next('connack')).properties?.reasonString ?? '';
	};
	await take('pump-5', (await make('pump-5')).pem);
	// By the same CA, and not on the operator's list.
	assert.match(await attempt(old), /^certificate-unknown/);
	await take('pump-2', old.pem);
	// One key is one device, and one device has one certificate.
	await assert.rejects(take('pump-3', old.pem), { code: 'key-seen-before' });
	await assert.rejects(take('pump-2', (await make('pump-2')).pem), { code: 'device-exists' });

	const session = await openSession(t, site, old);
	await site.apply(withCas(authorityPin(stranger.root)));
	assert.equal((await session.next('disconnect')).reasonCode, 0x87);
	await session.ended();
	await site.apply(withCas(authorityPin(manufacturer.root)));
	await openSession(t, site, old);
	await site.restart();
	await openSession(t, site, old);
});
