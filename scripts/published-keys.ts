import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { keyHash, type PublishedKey, writePublishedKeys } from '@keyward/core/keycheck';
import { scan } from '@keyward/scan';

// Makes packages/core/keycheck/published-keys.bin: `node scripts/published-keys.ts LISTS [NAME=FOLDER…]`. LISTS holds the lists that
// published-keys.md names; each FOLDER a test suite, of whose files every key counts whose private half lies there too. /usr/bin/openssl
// of Debian has to be there: firmware that carries it carries the keys of its speed test, which are no product's.

/** Passwords of test suites' own keys. */
const PASSWORDS = ['PolarSSLTest', 'yassl123', 'test', 'testkey', 'password', 'wolfssl', 'secret', '1234', 'foobar'];

type Entry = readonly [hash: string, PublishedKey];

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

const devices = (lists: string): Entry[] =>
	(
		json(`${lists}/published-device-keys.json`) as { keys: { spkiSha256: string; products: number; vendors: number }[] }
	).keys.map(({ spkiSha256, products, vendors }) => [
		spkiSha256,
		{
			kind: 'product',
			where: `in the firmware of ${counted(products, 'product')} by ${counted(vendors, 'vendor')}`,
			cve: null,
		},
	]);

/** `Cisco_RV315W_rsa` is "Cisco RV315W". */
const productOf = (name: string): string =>
	name
		.replace(/[-_]cve-\d+-\d+$/i, '')
		.replace(/[-_](rsa|dsa)$/, '')
		.replaceAll('_', ' ');

const ssh = (lists: string): Entry[] =>
	(json(`${lists}/published-keys/ssh-badkeys.json`) as { spkiSha256: string; product: string; use: string }[]).map(
		({ spkiSha256, product, use }) => [
			spkiSha256,
			{
				kind: 'product',
				where: `${use === 'host' ? 'the SSH host key' : 'an SSH login key'} of ${productOf(product)}`,
				cve: /cve-\d+-\d+$/i.exec(product)?.[0].toUpperCase() ?? null,
			},
		],
	);

const generated = (lists: string): Entry[] => {
	const list = readFileSync(`${lists}/published-keys/keypair-cve-2021-41117.bin`);
	return Array.from({ length: list.length / 16 }, (_, row) => [
		list.toString('hex', row * 16, row * 16 + 16),
		{
			kind: 'generator',
			where: 'one of those that the JavaScript library keypair makes again and again before version 1.0.4',
			cve: 'CVE-2021-41117',
		},
	]);
};

const documents = (): Entry[] =>
	(json('vectors/keycheck/rfc-keys.json') as { keys: ({ source: string } & JsonWebKey)[] }).keys.map(
		({ source, ...jwk }) => [
			keyHash(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })),
			{ kind: 'example', where: `printed in ${source}`, cve: null },
		],
	);

const privateKeysIn = async (folder: string): Promise<Set<string>> => {
	const hashes = new Set<string>();
	await scan([folder], {
		onMaterial: (material) => {
			if (material.kind === 'key' && material.privateFound) hashes.add(keyHash(material.spki));
		},
		onProblem: () => undefined,
		passwords: { known: PASSWORDS, ask: null },
	});
	return hashes;
};

const suite = async (name: string, folder: string): Promise<Entry[]> => {
	const hashes = await privateKeysIn(folder);
	console.log(`${name}: ${hashes.size} keys`);
	return [...hashes].map((hash) => [hash, { kind: 'example', where: `in ${name}`, cve: null }]);
};

const [lists, ...suites] = process.argv.slice(2);
if (lists === undefined) throw new Error('usage: node scripts/published-keys.ts LISTS [NAME=FOLDER…]');
const carried = await privateKeysIn('/usr/bin/openssl');
const shipped = devices(lists).map(([hash, known]): Entry =>
	carried.has(hash)
		? [hash, { kind: 'example', where: `in the program openssl, for its speed test, and so ${known.where}`, cve: null }]
		: [hash, known],
);
const entries = [...shipped, ...ssh(lists), ...generated(lists), ...documents()];
for (const given of suites) {
	const [name = '', folder = ''] = given.split('=');
	entries.push(...(await suite(name, folder)));
}
writeFileSync('packages/core/keycheck/published-keys.bin', writePublishedKeys(entries));
