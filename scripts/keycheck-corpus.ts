import { spawnSync } from 'node:child_process';
import { createPublicKey, hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captures } from './keycheck-corpus/captures.ts';
import { documents } from './keycheck-corpus/documents.ts';
import { namedFlawedKeys } from './keycheck-corpus/flawed-keys.ts';
import {
	type Container,
	fillTree,
	type Kit,
	listOf,
	makeSecrets,
	Missing,
	type Secrets,
	withKit,
} from './keycheck-corpus/kit.ts';
import { records } from './keycheck-corpus/records.ts';
import { settings } from './keycheck-corpus/settings.ts';
import { streams } from './keycheck-corpus/streams.ts';
import { trees } from './keycheck-corpus/trees.ts';

// Hides one key in every kind of container, settings and list that there is a program for, lets `keyward keycheck` look for it, and
// prints which were found, which were said not to be read, and which were passed over in silence.
// `npm run keycheck-corpus [--keep FOLDER] [NAME…]`: with names, only the kinds whose name contains one. `npm run keycheck-corpus
// flawed-keys` lets it look for 1,992 keys of a flawed generator instead.

type Verdict = 'found' | 'said' | 'SILENT';
interface Made {
	readonly kind: 'container' | 'settings';
	readonly name: string;
	readonly what: 'key' | 'list' | 'psk' | 'phrase';
	readonly file: string;
}

const args = process.argv.slice(2);
const keep = args[0] === '--keep' ? args.splice(0, 2)[1] : undefined;
const wanted = (name: string): boolean =>
	args.length === 0 || args.some((part) => name.toLowerCase().includes(part.toLowerCase()));

if (args[0] === 'flawed-keys') {
	const { made, named } = namedFlawedKeys();
	console.log(`${named} of ${made} keys of CVE-2021-41117, made as certificates, are named`);
	process.exit(named === made ? 0 : 1);
}

const folder = keep ?? mkdtempSync(join(tmpdir(), 'keyward-corpus-'));
mkdirSync(folder, { recursive: true });
const secrets: Secrets = makeSecrets();
const made: Made[] = [];
const missing: string[] = [];

const add = (one: Omit<Made, 'file'>, make: (kit: Kit) => Uint8Array | string): void => {
	const file = join(folder, String(made.length).padStart(3, '0'));
	try {
		writeFileSync(file, withKit(secrets, make));
		made.push({ ...one, file });
	} catch (error) {
		if (error instanceof Missing) missing.push(`${one.name}: ${error.message}`);
		else
			missing.push(
				`${one.name}: ${error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : 'failed'}`,
			);
	}
};

const addContainer = (container: Container): void => {
	const { name } = container;
	if ('made' in container) return add({ kind: 'container', name, what: container.holds }, container.made);
	if ('stream' in container) {
		add({ kind: 'container', name, what: 'key' }, (kit) => container.stream(Buffer.from(secrets.pem), kit));
		return add({ kind: 'container', name, what: 'list' }, (kit) => container.stream(Buffer.from(listOf(secrets)), kit));
	}
	const { tree } = container;
	add({ kind: 'container', name, what: 'key' }, (kit) => (fillTree(kit), tree(kit)));
	const one = made.at(-1);
	// The same file holds both.
	if (one?.name === name) made.push({ ...one, what: 'list' });
};

for (const container of [...streams, ...trees, ...documents, ...captures])
	if (wanted(container.name)) addContainer(container);
for (const { name, holds, make } of [...settings, ...records])
	if (wanted(name)) add({ kind: 'settings', name, what: holds }, make);

const write = (name: string, text: string): string => {
	writeFileSync(join(folder, name), text);
	return name;
};
/** What is found for certain, to know its fingerprint in this run. */
const control = write('control.csv', `serial,psk\nSN-9,${secrets.psk.toString('hex')}\n`);
const longControl = write(
	'control-long.csv',
	`serial,psk\nSN-9,${Buffer.concat([secrets.psk, secrets.psk]).toString('hex')}\n`,
);
const staticControl = write(
	'control-static.csv',
	`serial,psk\nSN-7,${Buffer.concat(Array.from({ length: 16 }, () => secrets.psk)).toString('hex')}\n`,
);
const phraseControl = write('control-phrase.csv', `serial,psk\nSN-8,${secrets.phrase}\n`);

interface Report {
	readonly findings: readonly {
		readonly check: string;
		readonly members: readonly { readonly file: string; readonly fingerprint: string }[];
	}[];
	readonly problems: readonly { readonly file: string; readonly reason: string }[];
}
const keyward = fileURLToPath(new URL('../packages/cli/main.ts', import.meta.url));
const child = spawnSync(process.execPath, [keyward, 'keycheck', '--json', folder], {
	encoding: 'utf8',
	maxBuffer: 268_435_456,
});
if (child.status !== 1) throw new Error(`keycheck ended with ${child.status}: ${child.stderr}`);
const report = JSON.parse(child.stdout) as Report;

const members = report.findings.flatMap((finding) => finding.members);
const fingerprintsIn = (file: string): Set<string> =>
	new Set(members.filter((member) => basename(member.file) === file).map(({ fingerprint }) => fingerprint));
const keyHash = hash('sha256', createPublicKey(secrets.key).export({ type: 'spki', format: 'der' }), 'hex').slice(
	0,
	16,
);
const known = {
	key: new Set([keyHash]),
	list: new Set([...fingerprintsIn(control), ...fingerprintsIn(longControl), ...fingerprintsIn(staticControl)]),
	phrase: fingerprintsIn(phraseControl),
};
const made1024 = (name: string): boolean => name.startsWith('OpenPGP');

const verdictOf = ({ name, what, file }: Made): { readonly verdict: Verdict; readonly why: string } => {
	const found = fingerprintsIn(basename(file));
	const sought = what === 'key' ? known.key : what === 'phrase' ? known.phrase : known.list;
	if ([...found].some((one) => sought.has(one)) || (made1024(name) && found.size > 0))
		return { verdict: 'found', why: '' };
	const reasons = report.problems.filter((problem) => problem.file === file).map(({ reason }) => reason);
	return { verdict: reasons.length > 0 ? 'said' : 'SILENT', why: reasons[0] ?? '' };
};

const rows = made.map((one) => ({ ...one, ...verdictOf(one) }));
for (const { kind, name, what, verdict, why, file } of rows)
	console.log(
		`${verdict.padEnd(7)} ${kind.padEnd(10)} ${what.padEnd(7)} ${name.padEnd(44)} ${keep === undefined ? '' : basename(file)} ${why.slice(0, 100)}`,
	);
const kinds = (kind: Made['kind']): string => {
	const of = rows.filter((row) => row.kind === kind);
	const names = [...new Set(of.map(({ name }) => name))];
	const all = (verdicts: readonly Verdict[]): number =>
		names.filter((name) => of.every((row) => row.name !== name || verdicts.includes(row.verdict))).length;
	const silent = of.filter(({ verdict }) => verdict === 'SILENT').length;
	return `${kind}: ${names.length} kinds, ${all(['found'])} found, ${all(['found', 'said']) - all(['found'])} said, ${silent} passed over in silence`;
};
for (const one of missing) console.log(`not made: ${one}`);
console.log(kinds('container'));
console.log(kinds('settings'));
if (keep === undefined) rmSync(folder, { recursive: true, force: true });
process.exitCode = rows.some(({ verdict }) => verdict === 'SILENT') ? 1 : 0;
