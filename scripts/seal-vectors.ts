import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Signer } from '@keyward/core/port';
import { encodeSenmlCbor } from '@keyward/core/observe';
import {
	digestOf,
	type EpochContent,
	parseRoster,
	readersOf,
	readSealedReading,
	sealEpoch,
	sealReading,
	signReading,
	signSealCheckpoint,
} from '@keyward/core/seal';
import { encapsulateKem, makeEphemeralAgreementKey, openKemKey } from '@keyward/custody';

// Writes vectors/seal/{valid,invalid}.json (vectors/seal/README.md). Signatures and content keys are fresh at each run: run it
// only where the format changes. What each row must give is said here by hand, and not taken from what the code gave.

/** Published with RFC 9052 (appendix C.7.2): private keys that everybody has, and that protect nothing. */
const keys = {
	device: {
		...{ kty: 'EC', crv: 'P-256' },
		x: 'usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8',
		y: 'IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4',
		d: 'V8kgd2ZBRuh2dgyVINBUqpPDr7BOMGcF22CQMIUHtNM',
	},
	desk: {
		...{ kty: 'EC', crv: 'P-256' },
		x: 'Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0',
		y: 'HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw',
		d: 'r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8',
	},
	/** The 64 bytes of seed are 0 to 63. */
	deskKemSeed: Buffer.from(Array.from({ length: 64 }, (_, i) => i)).toString('hex'),
};

interface Row {
	readonly bytes: string;
	/** The value that it opens to. */
	readonly opens?: number;
	/** The numbers that it makes signed. */
	readonly signs?: readonly [number, number];
	/** The code that it is refused with. */
	readonly refused?: string;
}

const time = Date.parse('2026-01-02T00:00:00Z');
const device = createPrivateKey({ key: keys.device, format: 'jwk' });
const kem = openKemKey(Buffer.from(keys.deskKemSeed, 'hex'));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const spki = (key: KeyObject): Uint8Array =>
	new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
const signer: Signer = {
	publicKey: spki(device),
	custody: 'software',
	sign: async (bytes) => new Uint8Array(sign('sha256', bytes, device)),
};

const terms = { sealed: true, suite: 1, signed: { within: '60s' }, every: '10s', epoch: '1h', unit: 'Sv/h' };
const rosterBytes = Buffer.from(
	JSON.stringify({
		...{ type: 'keyward-roster', version: 1, application: 'hall', number: 1 },
		...{ issued: '2026-01-01T00:00:00Z', expires: '2026-02-01T00:00:00Z' },
		devices: { probe: { key: base64(signer.publicKey) } },
		readers: {
			desk: {
				key: base64(spki(createPrivateKey({ key: keys.desk, format: 'jwk' }))),
				kem: base64(kem.publicKey),
				...{ streams: ['dose-rate', 'door', 'dose-rate-2'], purpose: 'read', expires: '2026-02-01T00:00:00Z' },
			},
		},
		...{ commanders: {}, signers: { command: 1, dangerous: 1 } },
		streams: {
			'dose-rate': { ...terms, essential: false },
			door: { ...terms, signed: 'each', unit: '/', essential: true },
			'dose-rate-2': { ...terms, suite: 2, essential: false },
		},
	}),
);
const roster = parseRoster(rosterBytes);
const boot = new Uint8Array(8).fill(7);

const begin = async (stream: string, more: Partial<EpochContent> = {}) => {
	const name = { application: 'hall', device: 'probe', stream };
	const suite = roster.streams.get(stream)?.suite ?? 1;
	const content = { ...name, number: 7, boot, rosterHash: roster.hash, previous: null, suite, ...more };
	return sealEpoch(content, readersOf(roster, stream, time), {
		signer,
		entropy: { bytes: randomBytes },
		ephemeral: async () => makeEphemeralAgreementKey(),
		encapsulate: encapsulateKem,
	});
};
const text = (value: number, stream = 'dose-rate', unit = 'Sv/h'): Uint8Array =>
	encodeSenmlCbor([{ name: `probe/${stream}`, unit, time, value }]);
const checkpoint = (epochHash: Uint8Array, readings: readonly Uint8Array[], epoch = 7): Promise<Uint8Array> =>
	signSealCheckpoint(
		{
			...{ epoch, epochHash, first: 1, sequence: readings.length + 1, previous: null, boot, uptime: 60, time },
			digest: digestOf(readings.map((one) => readSealedReading(one).hash)),
		},
		signer,
	);

const one = await begin('dose-rate');
const rows = [1, 2, 3].map((value) => sealReading(one.keys, value, text(value)));
const [first, second, third] = rows as [Uint8Array, Uint8Array, Uint8Array];
const closing = await checkpoint(one.hash, rows);
const last = await begin('dose-rate', { number: 8, previous: { hash: one.hash, numbers: 5 } });
const large = await begin('dose-rate', { number: 2 ** 32 - 1 });
const each = await begin('door');
const door = sealReading(each.keys, 1, text(1, 'door', '/'));
const hybrid = await begin('dose-rate-2');
const pq = sealReading(hybrid.keys, 1, text(1, 'dose-rate-2'));
const other = await begin('dose-rate', { rosterHash: new Uint8Array(32) });

const row = (bytes: Uint8Array, expected: Omit<Row, 'bytes'> = {}): Row => ({ bytes: hex(bytes), ...expected });
const altered = (bytes: Uint8Array, change: (hex: string) => string): Uint8Array =>
	Buffer.from(change(hex(bytes)), 'hex');
const lastBit = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

const valid: readonly { readonly name: string; readonly stream: string; readonly rows: readonly Row[] }[] = [
	{
		name: 'three readings and the checkpoint over them',
		stream: 'dose-rate',
		rows: [row(one.message), ...rows.map((bytes, i) => row(bytes, { opens: i + 1 })), row(closing, { signs: [1, 3] })],
	},
	{
		name: 'the largest numbers',
		stream: 'dose-rate',
		rows: [row(large.message), row(sealReading(large.keys, 1, text(-1.5)), { opens: -1.5 })],
	},
	{
		name: 'a reading that is signed by itself',
		stream: 'door',
		rows: [row(each.message), row(await signReading(door, each.hash, signer), { opens: 1 })],
	},
	{
		name: 'suite 2: ML-KEM-768 and P-256',
		stream: 'dose-rate-2',
		rows: [row(hybrid.message), row(pq, { opens: 1 }), row(await checkpoint(hybrid.hash, [pq]), { signs: [1, 1] })],
	},
];

const malformed = { refused: 'seal-malformed' };
const after = (name: string, ...bad: readonly Row[]) => ({
	name,
	stream: 'dose-rate',
	rows: [row(one.message), ...bad],
});
const invalid: typeof valid = [
	after('a reading with a bit of its tag changed', row(lastBit(first), { refused: 'reading-forged' })),
	after(
		'a reading moved to another number',
		row(
			altered(first, (h) => h.replace('064101', '064102')),
			{ refused: 'reading-forged' },
		),
	),
	after('a reading cut short', row(first.subarray(0, -1), malformed)),
	after('bytes after a reading', row(Buffer.concat([first, Uint8Array.of(0)]), malformed)),
	after(
		'a number in a longer form',
		row(
			altered(first, (h) => h.replace('064101', '06420001')),
			malformed,
		),
	),
	after(
		'a length in a longer form',
		row(
			altered(first, (h) => h.replace('8343a10103', '835803a10103')),
			malformed,
		),
	),
	after(
		'headers not in order',
		row(
			altered(first, (h) => h.replace('a2044107064101', 'a2064101044107')),
			malformed,
		),
	),
	after(
		'a label that is a number of another kind',
		row(
			altered(first, (h) => h.replace('a2044107064101', 'a2064101f944004107')),
			malformed,
		),
	),
	after(
		'a header that nobody covers added',
		row(
			altered(first, (h) => h.replace('a2044107064101', 'a30300044107064101')),
			malformed,
		),
	),
	after(
		'the algorithm moved where nobody covers it',
		row(
			altered(first, (h) => h.replace('8343a10103a2', '8340a30103')),
			malformed,
		),
	),
	after(
		'a critical header that is not known',
		row(
			altered(first, (h) => h.replace('43a10103', '4aa3010302811863186301')),
			malformed,
		),
	),
	after('a reading that is tagged', row(Buffer.concat([Uint8Array.of(0xd0), first]), malformed)),
	after('a tag in a tag', row(Buffer.concat([Uint8Array.of(0xd2), one.message]), malformed)),
	after(
		'a reading of an epoch that did not come',
		row(sealReading(last.keys, 1, text(1)), { refused: 'epoch-unknown' }),
	),
	after('a reading that came before', row(first, { opens: 1 }), row(first, { refused: 'reading-replayed' })),
	after(
		'a number with two contents',
		row(first, { opens: 1 }),
		row(sealReading(one.keys, 1, text(2)), { refused: 'stream-forked' }),
	),
	after('a number left out', row(first, { opens: 1 }), row(third, { opens: 3, refused: 'reading-missing' })),
	after(
		'a checkpoint over other readings',
		row(sealReading(one.keys, 1, text(9)), { opens: 9 }),
		...[second, third].map((bytes, i) => row(bytes, { opens: i + 2 })),
		row(closing, { refused: 'checkpoint-mismatch' }),
	),
	after('a checkpoint with its signature changed', row(lastBit(closing), { refused: 'reading-forged' })),
	after('the end of an epoch held back', row(first, { opens: 1 }), row(last.message, { refused: 'reading-missing' })),
	after('a reading of another stream', row(sealReading(one.keys, 1, text(1, 'door')), { refused: 'reading-forged' })),
	after(
		'a reading in another unit',
		row(sealReading(one.keys, 1, text(1, 'dose-rate', 'Gy')), { refused: 'reading-forged' }),
	),
	{
		name: 'an epoch with its signature changed',
		stream: 'dose-rate',
		rows: [row(lastBit(one.message), { refused: 'stream-key-unknown' })],
	},
	{ name: 'an epoch of another stream', stream: 'door', rows: [row(one.message, { refused: 'epoch-malformed' })] },
	{
		name: 'an epoch of a roster that the reader never had',
		stream: 'dose-rate',
		rows: [row(other.message, { refused: 'epoch-roster' })],
	},
];

const shared = { roster: rosterBytes.toString(), application: 'hall', device: 'probe', at: time, keys };
for (const [name, cases] of Object.entries({ valid, invalid })) {
	const file = new URL(`../vectors/seal/${name}.json`, import.meta.url);
	writeFileSync(file, `${JSON.stringify({ ...shared, cases }, null, '\t')}\n`);
}
