import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { siteRootCertificate } from '@keyward/core/enrol';
import {
	assembleCertificate,
	assembleCrl,
	freezeCertificate,
	freezeCrl,
	keyThumbprint,
	readCertificate,
	readCrl,
} from '@keyward/core/format';
import { median } from './lib/compare.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// Writing a CRL: its time is to grow as its entries do. A writer that copies again and again takes a hundred times for ten times as many.

const rounds = 7;
const [few, many] = [3000, 30_000];
const now = Date.now();

const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const publicKey = key.publicKey.export({ type: 'spki', format: 'der' });
const signed = (bytes: Uint8Array): Uint8Array => sign('sha256', bytes, key.privateKey);
const entropy = { bytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)) };
const root = freezeCertificate(siteRootCertificate({ publicKey, now, entropy }), publicKey);
const issuer = readCertificate(assembleCertificate(root, publicKey, signed(root))).subjectName;

const write = (count: number): number => {
	const entries = Array.from({ length: count }, (_, index) => ({
		serial: `4${index.toString(16).padStart(31, '0')}`,
		at: now - index * 1000,
		cause: 'keyCompromise' as const,
	}));
	const content = {
		issuer,
		issuerKey: keyThumbprint(publicKey),
		number: now,
		thisUpdate: now,
		nextUpdate: now + 86_400_000,
		entries,
	};
	const began = process.cpuUsage();
	const frozen = freezeCrl(content, publicKey);
	const { user, system } = process.cpuUsage(began);
	assert.equal(readCrl(assembleCrl(frozen, publicKey, signed(frozen))).entries.length, count);
	return (user + system) / 1000;
};

write(few);
const [small = 0, large = 0] = [few, many].map((count) => median(Array.from({ length: rounds }, () => write(count))));
writeSection(
	'Revocation lists',
	`${where()}

The processor time of writing a CRL, unsigned; the median of ${rounds}.

${table(
	['entries', 'processor time', 'aim'],
	[
		[few.toLocaleString('en-GB'), `${small.toFixed(1)} ms`, ''],
		[many.toLocaleString('en-GB'), `${large.toFixed(1)} ms`, `under 20 times as long: ${verdict(large < 20 * small)}`],
	],
)}`,
);
