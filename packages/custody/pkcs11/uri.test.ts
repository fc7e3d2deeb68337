import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '@keyward/core';
import { formatPkcs11Uri, parsePkcs11Uri, type Pkcs11Uri } from './uri.ts';

const refuses = (text: string, words: RegExp): void =>
	assert.throws(
		() => parsePkcs11Uri(text),
		(error) =>
			error instanceof Problem && error.code === 'token-uri' && words.test(error.detail) && !/1234/.test(error.detail),
	);

// After the examples of RFC 7512 §3; where one of them holds a pin-value, pin-source stands instead.
const examples: readonly (readonly [string, Pkcs11Uri])[] = [
	['pkcs11:', {}],
	['pkcs11:object=my-pubkey;type=public', { object: 'my-pubkey', type: 'public' }],
	[
		'pkcs11:object=my-key;type=private?pin-source=file:/etc/token',
		{ object: 'my-key', type: 'private', pinSource: 'file:/etc/token' },
	],
	[
		'pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin',
		{
			token: 'The Software PKCS#11 Softtoken',
			manufacturer: 'Snake Oil, Inc.',
			model: '1.0',
			object: 'my-certificate',
			type: 'cert',
			id: Uint8Array.of(0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91),
			serial: '',
			pinSource: 'file:/etc/token_pin',
		},
	],
	[
		'pkcs11:object=my-sign-key;type=private?module-name=mypkcs11',
		{ object: 'my-sign-key', type: 'private', moduleName: 'mypkcs11' },
	],
	[
		'pkcs11:object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1',
		{ object: 'my-sign-key', type: 'private', modulePath: '/mnt/libmypkcs11.so.1' },
	],
	[
		'pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.?pin-source=/etc/pin',
		{ token: 'Software PKCS#11 softtoken', manufacturer: 'Snake Oil, Inc.', pinSource: '/etc/pin' },
	],
	['pkcs11:slot-description=Sun%20Metaslot', { slotDescription: 'Sun Metaslot' }],
	[
		'pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;library-version=1.23',
		{ libraryManufacturer: 'Snake Oil, Inc.', libraryDescription: 'Soft Token Library', libraryVersion: '1.23' },
	],
	[
		'pkcs11:token=My%20token%25%20created%20by%20Joe;library-version=3;id=%01%02%03%Ba%dd%Ca%fe%04%05%06',
		{
			token: 'My token% created by Joe',
			libraryVersion: '3',
			id: Uint8Array.of(1, 2, 3, 0xba, 0xdd, 0xca, 0xfe, 4, 5, 6),
		},
	],
	[
		'pkcs11:token=A%20name%20with%20a%20substring%20%25%3B;object=my-certificate;type=cert',
		{
			token: 'A name with a substring %;',
			object: 'my-certificate',
			type: 'cert',
		},
	],
	[
		'pkcs11:token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1;object=my-certificate;type=cert',
		{
			token: 'Name with a small A with acute: á',
			object: 'my-certificate',
			type: 'cert',
		},
	],
	[
		'pkcs11:token=my-token;object=my-certificate;type=cert;x-vend-aaa=value-a?pin-source=file:/etc/token_pin&x-vend-bbb=value-b',
		{
			token: 'my-token',
			object: 'my-certificate',
			type: 'cert',
			pinSource: 'file:/etc/token_pin',
		},
	],
];

for (const [text, uri] of examples) {
	test(`after RFC 7512: ${text.slice(0, 60)}`, () => {
		assert.deepEqual(parsePkcs11Uri(text), uri);
		assert.deepEqual(parsePkcs11Uri(formatPkcs11Uri(uri)), uri);
	});
}

test('a PIN in a URI, and what two readers could read differently, is refused without being quoted', () => {
	refuses('pkcs11:token=t?pin-value=1234', /PIN/);
	refuses('pkcs11:token=t?pin-source=/a&pin-value=1234', /PIN/);
	refuses('pkcs11:token=a;token=1234', /twice/);
	refuses('pkcs11:tocken=1234', /does not know/);
	refuses('pkcs11:token', /name=value/);
	refuses('pkcs11:token=a;', /name=value/);
	refuses('pkcs11:token=%2', /hexadecimal/);
	refuses('pkcs11:token=a b', /%XX/);
	refuses('pkcs11:token=%ff', /UTF-8/);
	refuses('pkcs11:type=key', /type/);
	refuses('pkcs11:slot-id=0x1', /slot-id/);
	refuses('pkcs11:library-version=a', /version/);
	refuses('pkcs12:token=1234', /begin/);
});

test('whatever is written is read back', () => {
	const text = fc.string({ unit: 'binary', minLength: 0, maxLength: 24 });
	const uri = fc.record(
		{
			token: text,
			manufacturer: text,
			serial: text,
			model: text,
			object: text,
			type: fc.constantFrom('public', 'private', 'cert', 'secret-key', 'data'),
			id: fc.uint8Array({ maxLength: 20 }).map((id) => Uint8Array.from(id)),
			slotId: fc.nat(),
			pinSource: text,
			modulePath: text,
		},
		{ requiredKeys: [] },
	);
	fc.assert(
		fc.property(uri, (made) => assert.deepEqual(parsePkcs11Uri(formatPkcs11Uri(made as Pkcs11Uri)), { ...made })),
	);
});
