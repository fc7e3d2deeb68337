import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createPublicKey, generateKeyPairSync, generatePrimeSync, randomBytes } from 'node:crypto';
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { type Finding, pskMark } from '@keyward/core/keycheck';
import { openCommandLines } from '../keyward.fixture.ts';

// Reports for machines, baselines, and exit codes that nothing falsifies. What a shell, a terminal, a crash or a reader who leaves does to
// the program is tried on one that is started as a person starts it.

const folder = temporaryFolder('keyward-report-');
const main = new URL('../main.ts', import.meta.url).pathname;
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

const inFolder = openCommandLines(folder);
const keycheck = (...args: string[]) => inFolder(['keycheck', ...args]);
const shell = (line: string) =>
	spawnSync('bash', ['-c', line], {
		cwd: folder,
		encoding: 'utf8',
		env: { ...process.env, KEYCHECK: `"${process.execPath}" "${main}" keycheck` },
	});

const pem = (): string => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const psk = (): string => randomBytes(16).toString('hex');

/** A folder where 12 pairs of devices share a key, two devices a PSK, and one file stays closed. */
const fleet = (name: string): void => {
	mkdirSync(join(folder, name));
	for (let pair = 0; pair < 12; pair++) {
		const key = pem();
		for (const device of ['a', 'b']) write(`${name}/${pair}-${device}.key`, key);
	}
	const secret = psk();
	write(`${name}/devices.csv`, `id,psk\npump-1,${secret}\npump-2,${secret}\npump-3,${psk()}\n`);
	const { privateKey } = generateKeyPairSync('ed25519', {
		privateKeyEncoding: { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'out of reach' },
		publicKeyEncoding: { format: 'pem', type: 'spki' },
	});
	write(`${name}/closed.pem`, privateKey);
};
fleet('fleet');

interface Report {
	readonly summary: readonly { readonly check: string; readonly findings: number; readonly places: number }[];
	readonly known: { readonly findings: number; readonly places: number; readonly unread: number };
	readonly findings: readonly (Finding & { readonly known: number })[];
	readonly problems: readonly unknown[];
}
const report = async (...args: string[]): Promise<Report> =>
	JSON.parse((await keycheck('--json', ...args)).stdout) as Report;

test('one sentence is said once: 12 findings of a kind have one heading, one risk and one fix', async () => {
	const { stdout, status } = await keycheck('fleet');
	assert.equal(status, 1);
	assert.match(stdout, /^HIGH +duplicate-key +12 +12 +24 +One key held in several places$/m);
	for (const once of [
		/^HIGH {2}duplicate-key/gm,
		/If these files belong to several devices/g,
		/12 times: The same private key/g,
	])
		assert.equal(stdout.match(once)?.length, 1, String(once));
	assert.match(stdout, /and 2 more like these: --all names them/);
	assert.equal((await keycheck('--all', 'fleet')).stdout.match(/fleet\/\d+-[ab]\.key/g)?.length, 24);
});

test('JSON has a summary by check before the findings, and every place', async () => {
	const { summary, findings } = await report('fleet');
	assert.deepEqual(summary, [
		{ check: 'shared-psk', severity: 'critical', findings: 1, keys: 1, places: 2 },
		{ check: 'duplicate-key', severity: 'high', findings: 12, keys: 12, places: 24 },
	]);
	assert.equal(findings.flatMap(({ members }) => members).length, 26);
});

test('CSV has a line for each place and each file that was not read; a name that is a formula is text', async () => {
	write('=cmd.csv', `id,psk\nx,${'00'.repeat(16)}\n`);
	const { stdout, status } = await keycheck('--csv', 'fleet', '=cmd.csv');
	assert.equal(status, 1);
	const [head, ...lines] = stdout.trimEnd().split('\n');
	assert.equal(head, 'severity,check,finding,found,file,where,fingerprint');
	assert.equal(lines.filter((line) => /^high,duplicate-key,\d+,/.test(line)).length, 24);
	assert.equal(lines.filter((line) => line.startsWith(',not-read,,')).length, 1);
	assert.ok(lines.some((line) => line.includes(",'=cmd.csv,")));
	rmSync(join(folder, '=cmd.csv'));
});

/** What code hosts and the schema of SARIF 2.1.0 ask of a log; whole against the schema of OASIS it was checked by hand. */
interface Sarif {
	readonly version: string;
	readonly runs: readonly [
		{
			readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
			readonly invocations: readonly [
				{
					readonly executionSuccessful: boolean;
					readonly exitCode: number;
					readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[];
				},
			];
			readonly results: readonly {
				readonly ruleId: string;
				readonly ruleIndex: number;
				readonly level: string;
				readonly message: { readonly text: string };
				readonly locations: readonly Location[];
				readonly relatedLocations?: readonly Location[];
				readonly partialFingerprints: Readonly<Record<string, string>>;
			}[];
		},
	];
}
interface Location {
	readonly physicalLocation: {
		readonly artifactLocation: { readonly uri: string };
		readonly region: { readonly startLine: number };
	};
}

test('SARIF names each finding by rule, level and place, and what was not read', async () => {
	mkdirSync(join(folder, 'odd names'));
	write('odd names/#1 50%.conf', '# a comment\npsk="changeme123"\n');
	const { status } = await keycheck('--sarif', '--output', 'keys.sarif', 'fleet', 'odd names');
	assert.equal(status, 1);
	const log = JSON.parse(read('keys.sarif')) as Sarif;
	assert.equal(log.version, '2.1.0');
	const [{ tool, invocations, results }] = log.runs;
	const [{ executionSuccessful, exitCode, toolExecutionNotifications }] = invocations;
	assert.deepEqual([executionSuccessful, exitCode], [true, 1]);
	assert.match(toolExecutionNotifications.map(({ message }) => message.text).join(), /^Not read: .*stays closed/);
	const { rules } = tool.driver;
	assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
	for (const result of results) {
		assert.equal(rules[result.ruleIndex]?.id, result.ruleId);
		assert.ok(['error', 'warning', 'note'].includes(result.level));
		assert.equal(result.locations.length, 1);
		for (const { physicalLocation } of [...result.locations, ...(result.relatedLocations ?? [])]) {
			assert.match(physicalLocation.artifactLocation.uri, /^[\w./%-]+$/);
			assert.ok(existsSync(join(folder, decodeURIComponent(physicalLocation.artifactLocation.uri))));
			assert.ok(physicalLocation.region.startLine >= 1);
		}
	}
	assert.equal(results.filter(({ ruleId }) => ruleId === 'duplicate-key').length, 12);
	assert.equal(
		new Set(results.map(({ partialFingerprints }) => Object.values(partialFingerprints)[0])).size,
		results.length,
	);
	const odd = results.find(({ ruleId }) => ruleId === 'psk-default')?.locations[0]?.physicalLocation;
	assert.deepEqual([odd?.artifactLocation.uri, odd?.region.startLine], ['odd%20names/%231%2050%25.conf', 2]);
	rmSync(join(folder, 'odd names'), { recursive: true });
});

test('with a baseline only what is new is a finding, and moved lines are not new', async () => {
	cpSync(join(folder, 'fleet'), join(folder, 'site'), { recursive: true });
	assert.equal((await keycheck('--write-baseline', 'known.json', 'site')).status, 1, 'writing one excuses nothing');
	const again = await keycheck('--baseline', 'known.json', 'site');
	assert.equal(again.status, 0, again.stdout);
	assert.match(again.stdout, /The baseline knows 26 places of findings and 1 unread input, which are left out\./);
	assert.match(again.stdout, /No new weakness found/);
	// Lines above the rows, another order: the same places.
	const [head, ...rows] = read('site/devices.csv').trimEnd().split('\n');
	write('site/devices.csv', `${[head, `pump-0,${psk()}`, ...rows.toReversed()].join('\n')}\n`);
	assert.equal((await keycheck('--baseline', 'known.json', 'site')).status, 0);
	// One device more with the shared secret, one more copy of a key.
	const shared = /pump-1,(\w+)/.exec(read('site/devices.csv'))?.[1];
	write('site/devices.csv', `${read('site/devices.csv')}pump-9,${shared}\n`);
	write('site/3-c.key', read('site/3-a.key'));
	const { findings, known, problems } = await report('--baseline', 'known.json', 'site');
	assert.deepEqual(
		findings.map(({ check, members, known: places }) => [check, members.length, places]),
		[
			['shared-psk', 1, 2],
			['duplicate-key', 1, 2],
		],
	);
	assert.deepEqual([known, problems.length], [{ findings: 11, places: 26, unread: 1 }, 0]);
	assert.equal((await keycheck('--baseline', 'known.json', 'site')).status, 1);
	// What is new and was not read is told by the exit code too.
	write('site/3-c.key', pem());
	write('site/devices.csv', 'id,psk\n');
	write('site/new.pem', read('site/closed.pem'));
	assert.equal((await keycheck('--baseline', 'known.json', 'site')).status, 3);
});

test('a baseline holds no secret, and nothing by which a guess at one is confirmed', () => {
	const text = read('known.json');
	for (const [, secret = ''] of read('fleet/devices.csv').matchAll(/,(\w{32})/g)) assert.ok(!text.includes(secret));
	for (const [, place = ''] of text.matchAll(/"shared-psk","critical","[^"]+","([^"]+)"/g))
		assert.match(place, /^psk of pump-\d$/);
});

test('a baseline knows which devices shared a PSK: two of its groups that share one now are new', async () => {
	const [one, other] = [psk(), psk()];
	mkdirSync(join(folder, 'groups'));
	const devices = (...keys: string[]) => keys.map((key, at) => `pump-${at},${key}\n`).join('');
	const nameless = (...keys: string[]) => JSON.stringify(keys.map((key) => ({ psk: key })));
	write('groups/l.csv', `id,psk\n${devices(one, one, other, other)}`);
	const third = psk();
	write('groups/n.json', nameless(third, third, psk(), psk(), psk()));
	await keycheck('--write-baseline', 'groups.json', 'groups');
	assert.equal((await keycheck('--baseline', 'groups.json', 'groups')).status, 0);
	write('groups/l.csv', `id,psk\n${devices(one, other, one, other)}`);
	const last = psk();
	write('groups/n.json', nameless(psk(), psk(), psk(), last, last));
	const { findings } = await report('--baseline', 'groups.json', 'groups');
	assert.deepEqual(
		findings.map(({ check, members }) => [check, members.length]),
		[
			['shared-psk', 1],
			['shared-psk', 1],
			['shared-psk', 2],
		],
	);
});
test('a baseline knows that devices share another PSK than before, by 8 bits of one that cannot be guessed', async () => {
	mkdirSync(join(folder, 'rotated'));
	const share = (key: string) => write('rotated/l.csv', `id,psk\npump-1,${key}\npump-2,${key}\n`);
	const first = psk();
	const markOf = (key: string) => pskMark(Buffer.from(key, 'hex'));
	let other = psk();
	while (markOf(other) === markOf(first)) other = psk();
	share(first);
	await keycheck('--write-baseline', 'rotated.json', 'rotated');
	assert.match(read('rotated.json'), new RegExp(`"psk of pump-1","${markOf(first)}"\\]`));
	assert.equal((await keycheck('--baseline', 'rotated.json', 'rotated')).status, 0);
	share(other);
	const { stdout, status } = await keycheck('--json', '--baseline', 'rotated.json', 'rotated');
	assert.equal(status, 1);
	assert.ok(!stdout.includes('"mark"'));
	// Of a secret that can be guessed it holds nothing.
	share('changeme');
	await keycheck('--write-baseline', 'rotated.json', 'rotated');
	assert.match(read('rotated.json'), /"shared-psk".*"psk of pump-1",""\]/);
});

test('a report on its way to its file has a name that nobody has', async () => {
	write('theirs.json.partial', 'somebody’s');
	assert.equal((await keycheck('--json', '--output', 'theirs.json', 'fleet')).status, 1);
	assert.equal(read('theirs.json.partial'), 'somebody’s');
	assert.match(read('theirs.json'), /^\{\s*"outcomes"/);
	assert.deepEqual(
		readdirSync(folder).filter((name) => name.endsWith('.partial')),
		['theirs.json.partial'],
	);
});

test('what is read is never written over; an earlier report in a folder that is read is', async () => {
	mkdirSync(join(folder, 'kept'));
	write('kept/l.csv', `id,psk\na,${psk()}\n`);
	const before = read('kept/l.csv');
	linkSync(join(folder, 'kept/l.csv'), join(folder, 'kept-too.csv'));
	for (const args of [
		['--write-baseline', 'kept/l.csv', 'kept/l.csv'],
		['--json', '--output', 'kept/l.csv', 'kept'],
		['--csv', '--output', 'kept-too.csv', 'kept/l.csv'],
		['--json', '--output', 'x.json', '--write-baseline', './x.json', 'kept'],
	]) {
		const { status, stderr } = await keycheck(...args);
		assert.equal(status, 2, stderr);
		assert.equal(read('kept/l.csv'), before);
	}
	for (const form of ['--json', '--sarif', '--csv', '--json'])
		assert.equal(
			(await keycheck(form, '--output', 'kept/report', '--write-baseline', 'kept/known', 'kept')).status,
			0,
			form,
		);
});
test('a baseline that is not there, or is something else, ends with 2 and what to do', async () => {
	write('other.json', '{}');
	write('damaged.json', read('known.json').replace('[1,', '["1",'));
	for (const file of ['nowhere.json', 'other.json', 'damaged.json', 'fleet/devices.csv']) {
		const { status, stderr } = await keycheck('--baseline', file, 'fleet');
		assert.equal(status, 2);
		assert.match(stderr, /make a baseline with --write-baseline/);
	}
});

test('a full disk, a closed pipe and a crash never become 0 or 1', async () => {
	for (const form of ['--json', '--sarif', '--csv', ''])
		assert.equal(shell(`eval $KEYCHECK ${form} fleet > /dev/full`).status, 2, form);
	for (const form of ['--json', '--sarif', '--csv', ''])
		assert.equal(shell(`eval $KEYCHECK ${form} fleet | true; exit \${PIPESTATUS[0]}`).status, 1, form);
	// A report of nothing that nobody read is no pass; one that went into a file was read.
	write('clean.csv', `id,psk\npump-1,${psk()}\n`);
	const clean = (options: string) => shell(`eval $KEYCHECK ${options} clean.csv | true; exit \${PIPESTATUS[0]}`).status;
	assert.deepEqual([clean('--json'), clean(''), clean('--json --output clean.json')], [2, 2, 0]);
	assert.equal((await keycheck('clean.csv')).status, 0);
	for (const option of ['--sarif --output', '--write-baseline']) {
		const { status, stderr } = shell(`eval $KEYCHECK ${option} /dev/full fleet`);
		assert.equal(status, 2);
		assert.match(stderr, /\/dev\/full cannot be written \(ENOSPC\)/);
	}
	const missing = await keycheck('--json', '--output', 'nowhere/a.json', 'fleet');
	assert.deepEqual([missing.status, missing.stdout], [2, '']);
	// Nobody reads standard error either.
	assert.equal(shell('eval $KEYCHECK nowhere 2> /dev/full').status, 2);
	assert.equal(shell('eval $KEYCHECK fleet 2> >(true) > /dev/null').status, 1);
	const bug = 'data:text/javascript,setTimeout(()=>{throw new Error("a bug")},1)';
	const unloadable =
		'data:text/javascript,import{registerHooks}from"node:module";registerHooks({resolve(s,c,n){if(s==="commander")throw new Error("gone");return n(s,c)}})';
	for (const flaw of [bug, unloadable]) {
		const crash = spawnSync(process.execPath, ['--import', flaw, main, 'keycheck', 'fleet'], {
			cwd: folder,
			encoding: 'utf8',
		});
		assert.equal(crash.status, 2, crash.stderr);
		assert.match(crash.stderr, /Something failed that should not: (a bug|gone)/);
	}
});

test('a long report waits for its reader, and one whose reader leaves midway keeps its exit code', async () => {
	const secret = psk();
	const rows = Array.from({ length: 5000 }, (_, row) => `device-${row},${secret}\n`);
	write('long.csv', `id,psk\n${rows.join('')}`);
	const whole = spawnSync(process.execPath, [main, 'keycheck', '--json', 'long.csv'], {
		cwd: folder,
		encoding: 'utf8',
		maxBuffer: 2 ** 28,
	});
	assert.equal((JSON.parse(whole.stdout) as Report).findings[0]?.members.length, 5000);
	assert.ok(whole.stdout.length > 4 * 65_536, 'more than a pipe holds');
	const child = spawn(process.execPath, [main, 'keycheck', '--json', 'long.csv'], {
		cwd: folder,
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	await once(child.stdout, 'data');
	child.stdout.destroy();
	assert.deepEqual(await once(child, 'exit'), [1, null]);
});

test('forms exclude one another, and a file wants a form', async () => {
	assert.equal((await keycheck('--json', '--csv', 'fleet')).status, 2);
	const { status, stderr } = await keycheck('--output', 'x', 'fleet');
	assert.equal(status, 2);
	assert.match(stderr, /add --json, --sarif or --csv/);
});

test('one password of three files is asked for once, on a terminal alone; Enter alone ends the asking', async () => {
	mkdirSync(join(folder, 'p12'));
	const made = shell(`cd p12 && for n in 1 2 3; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out pem -subj /CN=pump-$n -days 30 &&
		openssl pkcs12 -export -in pem -inkey key -passout pass:one4all -out pump-$n.p12; done; rm key pem`);
	assert.equal(made.status, 0, made.stderr);
	/** Runs it on its own terminal, and types. */
	const typing = (answers: string) =>
		spawnSync('script', ['-qec', `"${process.execPath}" "${main}" keycheck p12`, '/dev/null'], {
			cwd: folder,
			encoding: 'utf8',
			input: answers,
		});
	const asked = (stdout: string): number => stdout.match(/Password of/g)?.length ?? 0;
	const opened = typing('one4all\r');
	assert.equal(asked(opened.stdout), 1, opened.stdout);
	assert.match(opened.stdout, /Read 3 files.*: 3 certificates, 3 private keys/);
	const left = typing('\r');
	assert.equal(asked(left.stdout), 1);
	assert.match(left.stdout, /3 not read/);
	const nobody = await keycheck('p12');
	assert.deepEqual([nobody.status, asked(nobody.stdout + nobody.stderr)], [3, 0]);
});

const base64Url = (number: bigint): string => {
	const digits = number.toString(16);
	return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString('base64url');
};

const inverse = (a: bigint, m: bigint): bigint | null => {
	let [rest, next, factor, step] = [m, a % m, 0n, 1n];
	while (next !== 0n) [rest, next, factor, step] = [next, rest % next, step, factor - (rest / next) * step];
	return rest === 1n ? ((factor % m) + m) % m : null;
};

test('a short private exponent is found under RSA PUBLIC KEY too, also behind an exponent above the modulus', async () => {
	const [p, q] = [1024, 1024].map((bits) => generatePrimeSync(bits, { bigint: true })) as [bigint, bigint];
	const totient = (p - 1n) * (q - 1n);
	for (;;) {
		const e = inverse(generatePrimeSync(200, { bigint: true }), totient);
		if (e === null) continue;
		for (const [name, exponent] of [
			['short', e],
			['long', e + totient],
		] as const) {
			const key = createPublicKey({ key: { kty: 'RSA', n: base64Url(p * q), e: base64Url(exponent) }, format: 'jwk' });
			const text = key.export({ type: 'pkcs1', format: 'pem' }).toString();
			assert.match(text, /^-----BEGIN RSA PUBLIC KEY-----/);
			write(`${name}.pem`, text);
			const { findings } = await report(`${name}.pem`);
			assert.deepEqual(
				findings.map(({ check, severity }) => [check, severity]),
				[['rsa-exponent', 'critical']],
			);
		}
		return;
	}
});
