import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAesSiv, sealAesSiv } from './aes-siv.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

/** RFC 5297 appendix A. */
const published = [
	{
		key: 'fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff',
		headers: ['10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627'],
		plaintext: '11223344 55667788 99aabbcc ddee',
		sealed: '85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c',
	},
	{
		key: '7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f',
		headers: [
			'00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100',
			'10203040 50607080 90a0',
			'09f91102 9d74e35b d84156c5 635688c0',
		],
		plaintext:
			'74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 5349562d 414553',
		sealed:
			'7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 dba77ceb 094fa663 b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d',
	},
].map(({ key, headers, plaintext, sealed }) => ({
	...{ key: hex(key), headers: headers.map(hex), plaintext: hex(plaintext), sealed: hex(sealed) },
}));

test('AES-SIV gives what RFC 5297 publishes, and opens it', () => {
	for (const { key, headers, plaintext, sealed } of published) {
		assert.deepEqual(sealAesSiv(key, headers, plaintext), sealed);
		assert.deepEqual(openAesSiv(key, headers, sealed), plaintext);
	}
});

test('nothing that was changed opens, however long the text', () => {
	const [{ key } = { key: new Uint8Array(32) }] = published;
	for (const length of [0, 1, 15, 16, 17, 32, 100]) {
		const plaintext = new Uint8Array(length).fill(7);
		const sealed = sealAesSiv(key, [Uint8Array.of(1), new Uint8Array(16)], plaintext);
		assert.deepEqual(openAesSiv(key, [Uint8Array.of(1), new Uint8Array(16)], sealed), plaintext);
		assert.equal(openAesSiv(key, [Uint8Array.of(2), new Uint8Array(16)], sealed), null);
		assert.equal(openAesSiv(key, [new Uint8Array(16), Uint8Array.of(1)], sealed), null);
		assert.equal(
			openAesSiv(
				key.map((byte) => byte ^ 1),
				[Uint8Array.of(1), new Uint8Array(16)],
				sealed,
			),
			null,
		);
		for (const at of [0, 15, sealed.length - 1]) {
			const changed = sealed.slice();
			changed[at] = (changed[at] ?? 0) ^ 1;
			assert.equal(openAesSiv(key, [Uint8Array.of(1), new Uint8Array(16)], changed), null);
		}
		assert.equal(openAesSiv(key, [], sealed.subarray(0, 15)), null);
	}
});
