import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, decapsulate, diffieHellman, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mlKemPublicKey } from '../format/ml-kem.ts';
import { type OpeningKeys, parseRoster, ReaderView } from './index.ts';

// What any implementation of the format must open and refuse: vectors/seal.

interface Vectors {
	readonly roster: string;
	readonly application: string;
	readonly device: string;
	readonly at: number;
	readonly keys: { readonly desk: JsonWebKey; readonly deskKemSeed: string };
	readonly cases: readonly {
		readonly name: string;
		readonly stream: string;
		readonly rows: readonly {
			readonly bytes: string;
			readonly opens?: number;
			readonly signs?: readonly [number, number];
			readonly refused?: string;
		}[];
	}[];
}

const vectors = (name: string): Vectors =>
	JSON.parse(readFileSync(new URL(`../../../vectors/seal/${name}.json`, import.meta.url), 'utf8')) as Vectors;

const keysOf = ({ keys }: Vectors): OpeningKeys => {
	const privateKey = createPrivateKey({ key: keys.desk, format: 'jwk' });
	const pkcs8 = Buffer.from(`3054020100300b060960864801650304040204428040${keys.deskKemSeed}`, 'hex');
	const kem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
	return {
		agreement: {
			publicKey: new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
			custody: 'software',
			agree: async (other) => {
				const publicKey = createPublicKey({ key: Buffer.from(other), format: 'der', type: 'spki' });
				return new Uint8Array(diffieHellman({ privateKey, publicKey }));
			},
		},
		kem: {
			publicKey: mlKemPublicKey(createPublicKey(kem)),
			custody: 'software',
			decapsulate: async (ciphertext) => new Uint8Array(decapsulate(kem, ciphertext)),
		},
	};
};

for (const name of ['valid', 'invalid']) {
	const all = vectors(name);
	const roster = parseRoster(new TextEncoder().encode(all.roster));
	for (const one of all.cases) {
		test(`${name}: ${one.name}`, async () => {
			const view = new ReaderView({ application: all.application, device: all.device, stream: one.stream });
			for (const { bytes, ...expected } of one.rows) {
				const trust = { rosters: [roster], key: keysOf(all), now: all.at } as const;
				const { reading, signed, findings } = await view.take(Buffer.from(bytes, 'hex'), trust);
				const [finding] = findings;
				assert.deepEqual(
					{
						...(reading !== null && { opens: reading.value }),
						...(signed !== null && { signs: signed.numbers }),
						...(finding !== undefined && { refused: finding.code }),
					},
					expected,
				);
			}
		});
	}
}
