import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flawedModuli } from '../../packages/core/keycheck/flawed-keypair.fixture.ts';
import { rsaSpki } from '../../packages/core/keycheck/keycheck.fixture.ts';

// `npm run keycheck-corpus flawed-keys`: 1,992 keys of CVE-2021-41117, made by its generator, as certificates of as many devices, read in
// one go. Most of its two minutes of processor time goes into the search for their primes.

const COUNT = 1992;

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
	const content = Buffer.concat(parts);
	const { length } = content;
	const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
	return Buffer.concat([Buffer.from([tag, ...head]), content]);
};
/** A Name of one common name (RFC 5280 §4.1.2.4). */
const nameOf = (text: string): Buffer =>
	der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(text)))));
const ecdsaWithSha256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const time = (text: string): Buffer => der(0x17, Buffer.from(text));

/** Puts the certificates into a folder, lets keycheck read them, and gives how many it names by the CVE. */
export const namedFlawedKeys = (): { readonly made: number; readonly named: number } => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-flawed-'));
	const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	let made = 0;
	try {
		for (const modulus of flawedModuli()) {
			const tbs = der(
				0x30,
				Buffer.from('a003020102', 'hex'),
				der(0x02, Buffer.from([1, made >> 8, made & 255])),
				ecdsaWithSha256,
				nameOf('Plant CA'),
				der(0x30, time('250101000000Z'), time('350101000000Z')),
				nameOf(`pump-${made}`),
				rsaSpki(modulus),
			);
			const signature = sign('sha256', tbs, authority.privateKey);
			const certificate = der(0x30, tbs, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
			writeFileSync(join(folder, `${made}.der`), certificate);
			if (++made === COUNT) break;
		}
		const main = fileURLToPath(new URL('../../packages/cli/main.ts', import.meta.url));
		const { stdout } = spawnSync(process.execPath, [main, 'keycheck', '--json', folder], {
			encoding: 'utf8',
			maxBuffer: 268_435_456,
		});
		const report = JSON.parse(stdout) as {
			readonly checked: { readonly certificates: number };
			readonly findings: readonly {
				readonly check: string;
				readonly detail: string;
				readonly members: readonly unknown[];
			}[];
		};
		if (report.checked.certificates !== made) throw new Error(`${report.checked.certificates} of ${made} were read`);
		const named = report.findings.filter(
			({ check, detail }) => check === 'published-key' && detail.includes('CVE-2021-41117'),
		);
		return { made, named: named.reduce((sum, { members }) => sum + members.length, 0) };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
};
