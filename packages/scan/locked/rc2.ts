/**
 * RC2 in CBC mode (RFC 2268), for opening only: certificates in older PKCS#12 files are encrypted so, and Node's OpenSSL has it
 * no more.
 */
export const rc2Decrypt = (
	key: Uint8Array,
	effectiveBits: number,
	iv: Uint8Array,
	encrypted: Uint8Array,
): Uint8Array | null => {
	if (encrypted.length === 0 || encrypted.length % 8 !== 0 || iv.length !== 8) return null;
	const decryptBlock = rc2BlockDecryptor(key, effectiveBits);
	const plain = new Uint8Array(encrypted.length);
	let previous = iv;
	for (let at = 0; at < encrypted.length; at += 8) {
		const block = encrypted.subarray(at, at + 8);
		const opened = decryptBlock(block);
		for (let index = 0; index < 8; index++) plain[at + index] = (opened[index] ?? 0) ^ (previous[index] ?? 0);
		previous = block;
	}
	const padding = plain.at(-1) ?? 0;
	if (padding < 1 || padding > 8 || !plain.subarray(-padding).every((octet) => octet === padding)) return null;
	return plain.subarray(0, -padding);
};

/** PITABLE (RFC 2268 §2): a permutation of the octets by the digits of pi. */
const PI = Buffer.from(
	'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
		'179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
		'54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
		'6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
		'08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
		'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
		'2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
		'0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
	'hex',
);

/** Key expansion (RFC 2268 §2) to 64 words. */
const expand = (key: Uint8Array, effectiveBits: number): Uint16Array => {
	const octets = Buffer.alloc(128);
	octets.set(key);
	for (let at = key.length; at < 128; at++)
		octets[at] = PI[((octets[at - 1] ?? 0) + (octets[at - key.length] ?? 0)) & 0xff] ?? 0;
	const effective = Math.ceil(effectiveBits / 8);
	const mask = 0xff >> (8 * effective - effectiveBits);
	octets[128 - effective] = PI[(octets[128 - effective] ?? 0) & mask] ?? 0;
	for (let at = 127 - effective; at >= 0; at--)
		octets[at] = PI[(octets[at + 1] ?? 0) ^ (octets[at + effective] ?? 0)] ?? 0;
	return Uint16Array.from({ length: 64 }, (_, index) => octets.readUInt16LE(index * 2));
};

const SHIFTS = [1, 2, 3, 5];

/** Opens single blocks of eight octets (RFC 2268 §4). */
export const rc2BlockDecryptor = (key: Uint8Array, effectiveBits: number): ((block: Uint8Array) => Uint8Array) => {
	const schedule = expand(key, effectiveBits);
	return (block) => decryptBlock(block, schedule);
};

const decryptBlock = (block: Uint8Array, schedule: Uint16Array): Uint8Array => {
	const words = [0, 2, 4, 6].map((at) => (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8));
	const word = (index: number): number => words[index & 3] ?? 0;
	let next = 63;
	const mixBack = (): void => {
		for (let index = 3; index >= 0; index--) {
			const shift = SHIFTS[index] ?? 0;
			const value = word(index);
			const turned = ((value >> shift) | (value << (16 - shift))) & 0xffff;
			const mixed = (word(index - 1) & word(index - 2)) + (~word(index - 1) & 0xffff & word(index - 3));
			words[index] = (turned - (schedule[next--] ?? 0) - mixed) & 0xffff;
		}
	};
	const mashBack = (): void => {
		for (let index = 3; index >= 0; index--)
			words[index] = (word(index) - (schedule[word(index - 1) & 63] ?? 0)) & 0xffff;
	};
	for (let round = 0; round < 16; round++) {
		mixBack();
		if (round === 4 || round === 10) mashBack();
	}
	return Uint8Array.from(words.flatMap((value) => [value & 0xff, value >> 8]));
};
