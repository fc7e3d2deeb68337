import assert from 'node:assert/strict';
import {
	createPublicKey,
	decapsulate,
	diffieHellman,
	encapsulate,
	generateKeyPairSync,
	randomBytes,
} from 'node:crypto';
import { agreementPoint, p256PublicKey, sharedSecret } from '../format/key-agreement.ts';
import { type TestSigner, testSigner } from '../format/signer.fixture.ts';
import type { AgreementKey } from '../port/agreement-key.ts';
import { importMlKemKey, mlKemPublicKey } from '../format/ml-kem.ts';
import type { Encapsulate, KemKey } from '../port/kem-key.ts';
import type { Entropy } from '../port/entropy.ts';
import { type EpochContent, type EpochMeans, sealEpoch } from './epoch.ts';
import { readersOf } from './judge-epoch.ts';
import { parseRoster, type Roster } from './roster.ts';

/** A key that lives as long as its test. */
export const testAgreementKey = (): AgreementKey => {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return {
		publicKey: new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
		custody: 'software',
		agree: async (publicKey) => {
			const der = Buffer.from(p256PublicKey(agreementPoint(publicKey)));
			return sharedSecret(
				diffieHellman({ privateKey, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) }),
			);
		},
	};
};

export const testKemKey = (): KemKey => {
	const { publicKey, privateKey } = generateKeyPairSync('ml-kem-768');
	return {
		publicKey: mlKemPublicKey(publicKey),
		custody: 'software',
		decapsulate: async (ciphertext) => new Uint8Array(decapsulate(privateKey, ciphertext)),
	};
};

const testEncapsulate: Encapsulate = async (publicKey) => {
	const key = importMlKemKey(publicKey);
	assert(key !== null);
	const { ciphertext, sharedKey } = encapsulate(key);
	return { ciphertext, secret: sharedKey };
};

/** What an epoch needs of the outside. */
export const testMeans = (signer: TestSigner): EpochMeans => ({
	signer,
	entropy: testEntropy,
	ephemeral: async () => testAgreementKey(),
	encapsulate: testEncapsulate,
});

export const testEntropy: Entropy = { bytes: (count) => new Uint8Array(randomBytes(count)) };

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** The members of a roster: one device `probe`, one reader `desk`, one stream `dose-rate`. */
export interface RosterJson {
	[member: string]: unknown;
	devices: Record<string, unknown>;
	readers: Record<string, Record<string, unknown>>;
	streams: Record<string, Record<string, unknown>>;
}

export const rosterJson = (device: TestSigner, reader: AgreementKey): RosterJson => ({
	type: 'keyward-roster',
	version: 1,
	application: 'hall',
	number: 1,
	issued: '2026-01-01T00:00:00Z',
	expires: '2026-02-01T00:00:00Z',
	devices: { probe: { key: base64(device.publicKey) } },
	readers: {
		desk: { key: base64(reader.publicKey), streams: ['dose-rate'], purpose: 'read', expires: '2026-01-15T00:00:00Z' },
	},
	commanders: { chief: { key: base64(testSigner().publicKey), expires: '2026-02-01T00:00:00Z' } },
	signers: { command: 1, dangerous: 2 },
	streams: {
		'dose-rate': {
			sealed: true,
			suite: 1,
			signed: { within: '60s' },
			every: '10s',
			epoch: '1h',
			unit: 'Sv/h',
			essential: false,
		},
	},
});

export const rosterBytes = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));

export interface TestStream {
	readonly signer: TestSigner;
	readonly reader: AgreementKey;
	readonly json: RosterJson;
	readonly roster: Roster;
	readonly content: EpochContent;
	seal(content?: Partial<EpochContent>): ReturnType<typeof sealEpoch>;
}

/** A moment at which the roster and its reader are in time. */
export const now = Date.parse('2026-01-02T00:00:00Z');

/** A device and a reader that the roster names, and its stream. */
export const testStream = (change: (json: RosterJson) => void = () => {}): TestStream => {
	const signer = testSigner();
	const reader = testAgreementKey();
	const json = rosterJson(signer, reader);
	change(json);
	const roster = parseRoster(rosterBytes(json));
	const content: EpochContent = {
		application: 'hall',
		device: 'probe',
		stream: 'dose-rate',
		number: 7,
		boot: new Uint8Array(8).fill(1),
		rosterHash: roster.hash,
		previous: null,
		suite: roster.streams.get('dose-rate')?.suite ?? 1,
	};
	return {
		signer,
		reader,
		json,
		roster,
		content,
		seal: (changed = {}) =>
			sealEpoch({ ...content, ...changed }, readersOf(roster, 'dose-rate', now), testMeans(signer)),
	};
};
