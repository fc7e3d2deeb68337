import { createPrivateKey, createPublicKey, type JsonWebKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeRecord } from '@keyward/core/observe';
import type { Signer } from '@keyward/core/port';
import { openCheckpointHash, openDigestOf, signOpenCheckpoint } from '@keyward/core/seal';

// Writes vectors/seal/open.json (vectors/seal/README.md), with fresh signatures at each run: run it only where the format changes.
// What each row must give is said here by hand. The device's key and the roster are those of valid.json.

interface Shared {
	readonly roster: string;
	readonly application: string;
	readonly device: string;
	readonly at: number;
	readonly keys: { readonly device: JsonWebKey };
}

const valid = new URL('../vectors/seal/valid.json', import.meta.url);
const { roster, application, device, at, keys } = JSON.parse(readFileSync(valid, 'utf8')) as Shared;
const key = createPrivateKey({ key: keys.device, format: 'jwk' });
const signer: Signer = {
	publicKey: new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' })),
	custody: 'software',
	sign: async (bytes) => new Uint8Array(sign('sha256', bytes, key)),
};

const name = { application, device, stream: 'dose-rate' };
const unit = 'Sv/h';
const readings = [1, 2.5, 'off', true].map((value, n) => ({ time: at + n * 10_000 + (n % 2), value, unit }));
const recordsOf = (some: typeof readings) => some.map(({ time, ...kept }) => ({ time, record: encodeRecord(kept) }));
const checkpointOf = (some: typeof readings, number: number, previous: Uint8Array | null = null) => ({
	...{ number, previous, times: some.map(({ time }) => time) },
	digest: openDigestOf(recordsOf(some)),
});

const firstThree = checkpointOf(readings.slice(0, 3), at + 30_000);
const first = await signOpenCheckpoint(firstThree, name, signer);
const fourth = readings.slice(3);
const next = await signOpenCheckpoint(checkpointOf(fourth, at + 60_000, openCheckpointHash(firstThree)), name, signer);
const otherStream = await signOpenCheckpoint(firstThree, { ...name, stream: 'door' }, signer);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const lastBit = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
const came = readings.map((reading) => ({ reading }));
const bytes = (message: Uint8Array, expected: { readonly signs?: readonly number[]; readonly refused?: string }) => ({
	...{ bytes: hex(message), ...expected },
});
const signs = (some: typeof readings) => ({ signs: some.map(({ time }) => time) });
const changed = { reading: { time: readings[1]?.time, value: 2.6, unit } };

const cases = [
	{
		name: 'three readings and the checkpoint over them, then one more',
		rows: [
			...came.slice(0, 3),
			bytes(first, signs(readings.slice(0, 3))),
			...came.slice(3),
			bytes(next, signs(fourth)),
		],
	},
	{
		name: 'a reading that was changed after it was signed',
		rows: [came[0], changed, came[2], bytes(first, { refused: 'checkpoint-mismatch' })],
	},
	{
		name: 'a second reading under one time',
		rows: [
			...came.slice(0, 2),
			{ ...changed, refused: 'reading-forged' },
			...came.slice(2, 3),
			bytes(first, signs(readings.slice(0, 3))),
		],
	},
	{ name: 'a reading that was left out', rows: [came[0], came[2], bytes(first, { refused: 'reading-missing' })] },
	{
		name: 'a checkpoint that was left out',
		rows: [...came, bytes(first, signs(readings.slice(0, 3))), bytes(next, signs(fourth))].toSpliced(4, 1),
	},
	{
		name: 'a checkpoint that comes after a later one',
		rows: [...came, bytes(next, signs(fourth)), bytes(first, { refused: 'reading-replayed' })],
	},
	{ name: 'its signature changed', rows: [...came, bytes(lastBit(first), { refused: 'reading-forged' })] },
	{ name: 'of another stream', rows: [...came, bytes(otherStream, { refused: 'reading-forged' })] },
	{ name: 'cut short', rows: [...came, bytes(first.subarray(0, -1), { refused: 'seal-malformed' })] },
	{
		name: 'bytes after it',
		rows: [...came, bytes(Buffer.concat([first, Uint8Array.of(0)]), { refused: 'seal-malformed' })],
	},
];

const file = new URL('../vectors/seal/open.json', import.meta.url);
writeFileSync(
	file,
	`${JSON.stringify({ roster, application, device, at, keys, stream: name.stream, cases }, null, '\t')}\n`,
);
