import assert from 'node:assert/strict';
import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync, hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { sharedFactors } from './batch-gcd.ts';
import { checkIds, type CheckId, severities } from './finding.ts';
import { keyHash } from './fingerprint.ts';
import { bitLength, inverse, power } from '../format/integer.ts';
import {
	certificate,
	checksOf,
	curveSpki,
	findingsOf,
	healthyModulus,
	key,
	named,
	NOW,
	P256,
	prime,
	psk,
	rsaSpki,
} from './keycheck.fixture.ts';
import type { Material } from './material.ts';
import { primesBelow } from './primes.ts';
import { rocaFalseAlarmRate } from './roca.ts';

const ecSpki = (): Uint8Array =>
	generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });

/** A prime of the flawed library's form: k·M + (65537^a mod M). */
const rocaPrime = (bits: number, table: number, isPrime = true): bigint => {
	const M = primesBelow(table).reduce((product, one) => product * BigInt(one), 1n);
	for (;;) {
		const residue = power(65_537n, BigInt(`0x${randomBytes(16).toString('hex')}`), M);
		const span = (1n << BigInt(bits)) / M;
		const k = span / 2n + (BigInt(`0x${randomBytes(16).toString('hex')}`) % (span / 2n));
		const candidate = k * M + residue;
		if (!isPrime || power(2n, candidate - 1n, candidate) === 1n) return candidate;
	}
};

const nextPrime = (from: bigint): bigint => {
	let candidate = from | 1n;
	while (power(2n, candidate - 1n, candidate) !== 1n) candidate += 2n;
	return candidate;
};

/** A public exponent whose private exponent has 200 bits. */
const shortPrivateExponent = (): [bigint, bigint] => {
	const [p, q] = [prime(1024), prime(1024)];
	for (;;) {
		const e = inverse(prime(200), (p - 1n) * (q - 1n));
		if (e !== null) return [p * q, e];
	}
};

/** The public key of a private key that is a small number. */
const spkiOf = (oid: string, curve: string, secret: number): Uint8Array => {
	const ecdh = createECDH(curve);
	ecdh.setPrivateKey(Buffer.from(secret.toString(16).padStart(4, '0'), 'hex'));
	return curveSpki(oid, ecdh.getPublicKey());
};

/** Every check with what it must find: each case is scanned alone, and all together among healthy keys. */
const plant = (): ReadonlyMap<CheckId, Material[]> => {
	const shared = prime(1024);
	const close = prime(1024);
	const secret = randomBytes(16);
	const counted = randomBytes(16);
	const common = ecSpki();
	const sequence = (by: number): Uint8Array => Uint8Array.from(counted).fill(by, 15);
	return new Map<CheckId, Material[]>([
		['published-key', [key('router.bin', rsaSpki(publishedModulus))]],
		['guessable-key', [key('one.key', spkiOf('06082a8648ce3d030107', 'prime256v1', 5))]],
		[
			'duplicate-key',
			[
				key('pump-1.pem', common, { certificate: certificate('CN=pump-1') }),
				key('pump-2.pem', common, { certificate: certificate('CN=pump-2') }),
			],
		],
		['batch-gcd', [key('a.pem', rsaSpki(shared * prime(1024))), key('b.pem', rsaSpki(shared * prime(1024)))]],
		['fermat', [key('printer.pem', rsaSpki(close * nextPrime(close + (1n << 400n))))]],
		['roca', [key('tpm.pem', rsaSpki(rocaPrime(1026, 702) * rocaPrime(1026, 702)))]],
		['rsa-small-factor', [key('damaged.pem', rsaSpki(healthyModulus() * 65_521n))]],
		[
			'rsa-exponent',
			[key('one.pem', rsaSpki(healthyModulus(), 1n)), key('even.pem', rsaSpki(healthyModulus(), 65_536n))],
		],
		['rsa-size', [key('short.pem', rsaSpki(prime(512) * prime(512)))]],
		[
			'weak-curve',
			[
				key('p192.pem', curveSpki('06082a8648ce3d030101', createECDH('prime192v1').generateKeys())),
				key('off.pem', curveSpki(P256, Buffer.concat([Buffer.of(4), randomBytes(64)]))),
			],
		],
		[
			'weak-algorithm',
			[
				key(
					'dsa.pem',
					generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey.export({
						type: 'spki',
						format: 'der',
					}),
				),
			],
		],
		['certificate-endless', [key('id.pem', ecSpki(), { certificate: certificate('CN=a', { notAfter: null }) })]],
		['certificate-ca-on-device', [key('ca.pem', ecSpki(), { certificate: certificate('CN=b', { isCa: true }) })]],
		['psk-default', [psk('e-1', '00112233445566778899aabbccddeeff')]],
		['shared-psk', [psk('f-1', secret), psk('f-2', secret)]],
		['psk-derived', [psk('70b3d57ed0012345', hash('md5', Buffer.from('70b3d57ed0012345', 'hex'), 'buffer'))]],
		['psk-sequential', [psk('hall', sequence(1)), psk('roof', sequence(2)), psk('yard', sequence(3))]],
		[
			'psk-repeated',
			[
				psk(
					'h-1',
					Buffer.concat([secret.subarray(0, 5), secret.subarray(0, 5), secret.subarray(0, 5), secret.subarray(0, 1)]),
				),
			],
		],
		['psk-short', [psk('i-1', randomBytes(10))]],
		['psk-entropy', [psk('j-1', Buffer.from('4071839265502718'))]],
	]);
};

const publishedModulus = healthyModulus();
const published = new Map([
	[
		keyHash(rsaSpki(publishedModulus)),
		{ kind: 'product' as const, where: 'in the firmware of 411 products by 31 vendors', cve: 'CVE-2015-6358' },
	],
]);

const planted = plant();

/** Keys and as many PSKs of good make; `npm run soak` takes ten times as many. */
const SWEEP = process.env['KEYWARD_SWEEP'] === 'all';
const FLEET = SWEEP ? 10_000 : 1000;
/** In a thousand: 15 RSA moduli, 20 Ed25519 and X25519 keys, the rest on P-256, P-384 and P-521. */
const healthy = (): Material[] => {
	const materials: Material[] = [];
	const der = { type: 'spki', format: 'der' } as const;
	for (let index = 0; index < FLEET; index++) {
		let spki: Uint8Array;
		const kind = index % 1000;
		if (kind < 14) spki = rsaSpki(healthyModulus());
		else if (kind < 15) spki = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(der);
		else if (kind < 25) spki = generateKeyPairSync('ed25519').publicKey.export(der);
		else if (kind < 35) spki = generateKeyPairSync('x25519').publicKey.export(der);
		else if (kind < 45) spki = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export(der);
		else if (kind < 50) spki = generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey.export(der);
		else spki = ecSpki();
		const own = certificate(`CN=device-${index}`);
		const folder = `fleet/${index}`;
		// As they lie about: the certificate twice, its private key, a request and a bare copy of the public key.
		materials.push(key(`${folder}/device.crt`, spki, { certificate: own }));
		if (index % 3 === 0) materials.push(key('all-certificates.pem', spki, { certificate: own }));
		if (index % 5 === 0) materials.push(key(`${folder}/device.key`, spki, { privateFound: true }));
		if (index % 7 === 0) materials.push(key(`${folder}/device.csr`, spki), key('authorized_keys', spki));
		const eui = (0x70b3d57ed0000000n + BigInt(index)).toString(16);
		materials.push(psk(eui, randomBytes(16), { role: 'appKey' }));
	}
	return materials;
};

test('each check finds what was planted for it, alone, and names what, why and the mend', () => {
	// nonce-reuse has another test, where its signatures are made.
	assert.deepEqual([...planted.keys(), 'nonce-reuse'].toSorted(), checkIds.toSorted());
	for (const [check, materials] of planted) {
		const findings = findingsOf(materials, published);
		assert.deepEqual([...new Set(named(findings))], [check]);
		const files = findings.flatMap(({ members }) => members.map(({ file, label }) => `${file} ${label}`));
		assert.deepEqual(files.toSorted(), materials.map(({ at }) => `${at.file} ${at.label}`).toSorted());
		for (const { attack, mend, detail, members } of findings) {
			for (const sentence of [attack, mend, detail]) assert.match(sentence, /^[A-Z0-9].{20,}\.$/);
			for (const { fingerprint } of members) assert.match(fingerprint, /^[0-9a-f]{16}$/);
		}
	}
});

test('thousands of healthy keys and PSKs: nothing; among them, what was planted and nothing else', () => {
	const fleet = healthy();
	const started = process.memoryUsage().rss;
	assert.deepEqual(findingsOf(fleet, published), []);
	assert.ok(process.memoryUsage().rss - started < 400_000_000);
	const findings = findingsOf([...fleet, ...[...planted.values()].flat()], published);
	assert.deepEqual([...new Set(named(findings))].toSorted(), [...planted.keys()].toSorted());
	const members = findings.flatMap((finding) => finding.members);
	assert.equal(members.length, [...planted.values()].flat().length);
	// Worst first.
	const ranks = findings.map(({ severity }) => severities.indexOf(severity));
	assert.deepEqual(
		ranks,
		ranks.toSorted((one, two) => one - two),
	);
});

test('findings hold no secret, and PSKs have other fingerprints in another run', () => {
	const materials = [...planted.values()].flat();
	const findings = findingsOf(materials, published);
	const text = JSON.stringify(findings);
	for (const material of materials) {
		if (material.kind !== 'psk') continue;
		const secret = Buffer.from(material.secret);
		for (const encoding of ['hex', 'base64', 'latin1'] as const) assert.ok(!text.includes(secret.toString(encoding)));
		assert.ok(!text.includes(hash('sha256', Buffer.concat([Buffer.from('keyward-psk'), secret])).slice(0, 16)));
	}
});

test('the same key in other forms of one identity, and an authority cross-signed, are no duplicates', () => {
	const spki = ecSpki();
	const own = certificate('CN=pump-1');
	assert.deepEqual(
		findingsOf([
			key('p/pump.pem', spki, { certificate: own }),
			key('p/pump.key', spki, { privateFound: true }),
			key('p/pump.p12', spki, { privateFound: true, certificate: own }),
			key('q/pump.pem', spki, { certificate: own }),
		]),
		[],
	);
	const authority = { isCa: true, looksLikeDevice: false };
	assert.deepEqual(
		findingsOf([
			key('one.pem', spki, { certificate: certificate('CN=CA', authority) }),
			key('two.pem', spki, { certificate: certificate('CN=CA', authority) }),
		]),
		[],
	);
});

test('a key in folders by form has one holder where each place is named after it; files of one name may be on two devices', () => {
	const spki = ecSpki();
	const named = (name: string, ...files: string[]) =>
		findingsOf(
			files.map((file) =>
				key(file, spki, {
					privateFound: true,
					certificate: file.endsWith('.p12') ? certificate(`O=Acme, CN=${name}`, { names: [name, 'pump-2'] }) : null,
				}),
			),
		).map(({ severity }) => severity);
	assert.deepEqual(named('pump-1', 'keys/pump-1.key', 'p12/Pump_1.p12'), []);
	assert.deepEqual(named('pump-1', 'pump-1/device.key', 'p12/pump-1.p12'), []);
	assert.deepEqual(named('pump-1', 'a/client.key', 'b/client.p12'), ['high']);
	assert.deepEqual(
		named('pump-1', 'pump-1/tls.key', 'pump-2/tls.p12'),
		['critical'],
		'two devices under one certificate',
	);
	assert.deepEqual(named('tls', 'pump-1/tls.p12', 'pump-2/tls.p12'), ['critical']);
});

test('the same identity in two images, and a key kept at renewal, are', () => {
	const spki = ecSpki();
	const own = certificate('CN=device');
	const images = ['a.bin', 'b.bin'].map((file) => key(file, spki, { certificate: own, privateFound: true }));
	assert.deepEqual(
		findingsOf(images).map(({ severity, members }) => [severity, members.length]),
		[['high', 2]],
	);
	const renewed = (notAfter: number) => [
		key('1.pem', spki, { certificate: certificate('CN=device', { notBefore: NOW - 86_400_000 * 90, notAfter }) }),
		key('2.pem', spki, { certificate: own }),
	];
	assert.deepEqual(
		findingsOf(renewed(NOW + 1)).map(({ severity }) => severity),
		['low'],
	);
	assert.deepEqual(findingsOf(renewed(NOW - 1)), []);
});

test('a place is shown with the name of its holder', () => {
	const spki = ecSpki();
	const members = findingsOf([
		key('known_hosts', spki, { names: ['10.0.0.1'] }),
		key('b.pem', spki, { certificate: certificate('', { names: ['pump-2'] }) }),
		key('c.json', spki, { at: { file: 'c.json', label: 'JWK pump-3' }, names: ['pump-3'] }),
	]).flatMap((finding) => finding.members);
	assert.deepEqual(
		members.map(({ label }) => label),
		['key, 10.0.0.1', 'key, pump-2', 'JWK pump-3'],
	);
});

test('a short private exponent is computed from the public key; 3 and 17 are low', () => {
	const [modulus, exponent] = shortPrivateExponent();
	assert.deepEqual(
		findingsOf([key('wiener.pem', rsaSpki(modulus, exponent))]).map(({ check, severity }) => [check, severity]),
		[['rsa-exponent', 'critical']],
	);
	const small = findingsOf([3n, 17n].map((e) => key(`${e}.pem`, rsaSpki(healthyModulus(), e))));
	assert.deepEqual(
		small.map(({ check, severity, members }) => [check, severity, members.length]),
		[['rsa-exponent', 'low', 2]],
	);
	const large = findingsOf([key('large.pem', rsaSpki(healthyModulus(), prime(1000)))]);
	assert.deepEqual(
		large.map(({ severity }) => severity),
		['low'],
	);
});

test('who shares with whom is told apart: two pairs, a ring, and one modulus under two exponents', () => {
	const [p, q, r, s, t, u] = Array.from({ length: 6 }, () => prime(1024)) as [
		bigint,
		bigint,
		bigint,
		bigint,
		bigint,
		bigint,
	];
	const moduli = [p * prime(1024), p * prime(1024), q * prime(1024), q * prime(1024), r * s, s * t, t * r];
	const same = u * prime(1024);
	const materials = [
		...moduli.map((modulus, index) => key(`${index}.pem`, rsaSpki(modulus))),
		key('e.pem', rsaSpki(same)),
		key('f.pem', rsaSpki(same, 65_539n)),
	];
	const groups = findingsOf(materials).map(({ check, members }) =>
		[check, ...members.map(({ file }) => file[0])].join(' '),
	);
	assert.deepEqual(groups.toSorted(), ['batch-gcd 0 1', 'batch-gcd 2 3', 'batch-gcd 4 5 6', 'batch-gcd e f']);
	// A caller may have searched elsewhere.
	const checks = checksOf(materials);
	assert.equal(checks.moduli().length, 8);
	assert.deepEqual(checks.findings(sharedFactors(checks.moduli())), checks.findings());
	assert.deepEqual(checks.findings(checks.moduli().map(() => 1n)).length, 1);
});

test('ROCA keys of 512 to 4096 bits are told; the false-alarm rate is the one stated', () => {
	for (const [bits, table] of [
		[512, 168],
		[1024, 354],
		[2048, 702],
		[4096, 1428],
	] as const) {
		// To find two primes of 2048 bits takes seconds, and the check looks at remainders alone.
		const half = (): bigint => rocaPrime(bits / 2, table, bits < 4096 || SWEEP);
		const modulus = half() * half();
		assert.equal(bitLength(modulus) >= bits - 4, true);
		assert.ok(named(findingsOf([key('x', rsaSpki(modulus))])).includes('roca'), String(bits));
	}
	assert.ok(Math.abs(Math.log2(rocaFalseAlarmRate()) - -154) < 1, String(Math.log2(rocaFalseAlarmRate())));
});

test('look-alikes of ROCA are cleared: a power of 65537 modulo each small prime, with no exponent in common', () => {
	const primes = primesBelow(702).map(BigInt);
	const product = primes.reduce((whole, one) => whole * one, 1n);
	const pick = (one: bigint): bigint => power(65_537n, BigInt(`0x${randomBytes(8).toString('hex')}`), one);
	/** A random power of 65537 modulo each prime, put together by Chinese remainders. */
	const alike = (): bigint =>
		primes.reduce((sum, one) => {
			const rest = product / one;
			return sum + rest * ((pick(one) * (inverse(rest % one, one) ?? 0n)) % one);
		}, 0n) % product;
	for (let index = 0; index < 10; index++) {
		const least = 1n << 2047n;
		const modulus = least - (least % product) + product * BigInt(1 + randomBytes(1).readUInt8()) + alike();
		assert.equal(bitLength(modulus), 2048);
		assert.ok(primes.every((one) => isPowerOf65537(modulus % one, one)));
		assert.ok(!named(findingsOf([key('x', rsaSpki(modulus))])).includes('roca'));
	}
});

const isPowerOf65537 = (residue: bigint, prime: bigint): boolean => {
	let one = 1n;
	for (let step = 0n; step < prime; step++) {
		if (one === residue) return true;
		one = (one * 65_537n) % prime;
	}
	return false;
};

test('weird numbers, texts and bytes never throw', () => {
	const number = fc.bigInt({ min: 0n, max: 1n << 600n });
	const bytes = fc.uint8Array({ maxLength: 80 });
	const at = fc.record({ file: fc.string(), label: fc.string() });
	const spki = fc.oneof(
		bytes,
		fc.tuple(number, number).map(([n, e]) => rsaSpki(n, e)),
		bytes.map((point) => curveSpki(P256, point)),
		fc
			.tuple(bytes, bytes)
			.map(([oid, point]) =>
				curveSpki(`06${Buffer.of(oid.length).toString('hex')}${Buffer.from(oid).toString('hex')}`, point),
			),
	);
	const facts = fc.record({
		fingerprint: bytes,
		subject: fc.string(),
		names: fc.array(fc.string()),
		issuer: fc.string(),
		notBefore: fc.double(),
		notAfter: fc.option(fc.double()),
		isCa: fc.boolean(),
		selfSigned: fc.boolean(),
		looksLikeDevice: fc.boolean(),
	});
	const material: fc.Arbitrary<Material> = fc.oneof(
		fc.record({
			kind: fc.constant('key' as const),
			at,
			spki,
			privateFound: fc.boolean(),
			certificate: fc.option(facts),
			names: fc.array(fc.string()),
		}),
		fc.record({
			kind: fc.constant('signature' as const),
			at,
			spki,
			digest: bytes,
			r: fc.bigInt({ min: -5n, max: 1n << 300n }),
			s: fc.bigInt({ min: -5n, max: 1n << 300n }),
		}),
		fc.record({
			kind: fc.constant('psk' as const),
			at,
			secret: fc.oneof(bytes, fc.uint8Array({ minLength: 5000, maxLength: 5010 })),
			device: fc.option(fc.string({ unit: 'binary' })),
			role: fc.string(),
		}),
	);
	fc.assert(
		fc.property(fc.array(material, { maxLength: 12 }), (materials) => {
			// Each twice: what is found again must not trip either.
			for (const { severity, members } of findingsOf([...materials, ...materials])) {
				assert.ok(severities.includes(severity) && members.length > 0);
			}
		}),
		{ numRuns: SWEEP ? 1000 : 100 },
	);
});

test('private halves that anybody guesses are told by the public half, on every usual curve and in every form of a point', () => {
	const guessed = (spki: Uint8Array): boolean => named(findingsOf([key('a.key', spki)])).includes('guessable-key');
	for (const [oid, curve] of [
		[P256, 'prime256v1'],
		['06052b81040022', 'secp384r1'],
		['06052b81040023', 'secp521r1'],
	] as const)
		for (const secret of [1, 5, 256]) assert.ok(guessed(spkiOf(oid, curve, secret)), `${curve} ${secret}`);
	const ecdh = createECDH('prime256v1');
	ecdh.setPrivateKey(Buffer.alloc(32, 0x11));
	assert.ok(guessed(curveSpki(P256, ecdh.getPublicKey(null, 'compressed'))));
	ecdh.setPrivateKey(Buffer.alloc(32, Buffer.from('deadbeef', 'hex')));
	assert.ok(guessed(curveSpki(P256, ecdh.getPublicKey())));
	const brainpool = createECDH('brainpoolP256r1');
	brainpool.setPrivateKey(Buffer.alloc(32, '12345678'));
	assert.ok(guessed(curveSpki('06092b2403030208010107', brainpool.getPublicKey())));
	for (const [prefix, secrets] of [
		[
			'302e020100300506032b657004220420',
			[Buffer.alloc(32), Buffer.from(Array.from({ length: 32 }, (_, index) => index))],
		],
		['302e020100300506032b656e04220420', [Buffer.alloc(32), Buffer.alloc(32, 0xff)]],
	] as const)
		for (const secret of secrets) {
			const der = Buffer.concat([Buffer.from(prefix, 'hex'), secret]);
			const pair = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
			assert.ok(guessed(pair.export({ format: 'der', type: 'spki' })));
		}
	for (const type of ['ed25519', 'x25519'] as const)
		assert.ok(!guessed(generateKeyPairSync(type as 'ed25519').publicKey.export({ type: 'spki', format: 'der' })));
	assert.ok(!guessed(ecSpki()));
});

test('an authority without an end is told apart from a device without one, and is not called a birth certificate', () => {
	const endless = { notAfter: null, issuer: 'CN=maker' };
	const findings = findingsOf([
		key('id.pem', ecSpki(), { certificate: certificate('CN=pump-1', endless) }),
		key('root.pem', ecSpki(), {
			certificate: certificate('CN=maker', { ...endless, isCa: true, looksLikeDevice: false }),
		}),
	]);
	const said = new Map(findings.map(({ detail, mend }) => [detail.split(' by ')[0], mend.includes('IDevID')]));
	assert.deepEqual([said.get('1 certificate'), said.get('1 certificate of an authority'), said.size], [true, false, 2]);
});
