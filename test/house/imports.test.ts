import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { files, type Import, importsOf, read, target, visit } from './source.ts';

// The direction of imports and the purity of core (docs/adr/0002 and the house rules in CONTRIBUTING).

/** Which packages of ours each may import. */
const allowed: Readonly<Record<string, readonly string[]>> = {
	core: [],
	custody: ['core'],
	owner: ['core', 'custody'],
	store: ['core'],
	scan: ['core'],
	contract: ['core'],
	client: ['contract', 'core', 'owner'],
	service: ['contract', 'core', 'custody', 'owner', 'store'],
	agent: ['core', 'custody', 'owner', 'store'],
	console: ['contract', 'core', 'scan'],
	cli: ['agent', 'client', 'contract', 'core', 'custody', 'owner', 'scan', 'service', 'store'],
	// For tests alone: what they share may know every package.
	testing: ['agent', 'client', 'contract', 'core', 'custody', 'owner', 'scan', 'service', 'store'],
};

/**
 * What core may take of node:crypto: functions of their arguments alone. `createHmac` and its like need no clock or entropy;
 * `publicEncrypt` needs none without padding, `createECDH` none with a private key that is set.
 */
const deterministic = new Set([
	'KeyObject',
	'X509Certificate',
	'constants',
	'createCipheriv',
	'createDecipheriv',
	'createECDH',
	'createHash',
	'createHmac',
	'createPrivateKey',
	'createPublicKey',
	'createSecretKey',
	'hash',
	'hkdfSync',
	'publicEncrypt',
	'timingSafeEqual',
	'verify',
]);

/** Packages that core may use: they only turn values into other values. */
const pure = [/^@peculiar\/asn1-/, /^cbor2(\/|$)/, /^yaml$/];

/** Tests, what they share, and the suites that several implementations run. */
const isTest = (file: string): boolean =>
	/\.(test|soak|fixture)\.ts$|^packages\/testing\/|\/crash-child\.ts$/.test(file);
const packageOf = (file: string): string | null => /^packages\/([^/]+)\//.exec(file)?.[1] ?? null;
const sources = files('packages/**/*.{js,ts}');
const imports: readonly Import[] = sources.flatMap(importsOf);

const list = (broken: readonly Import[]): string[] =>
	broken.map(({ file, specifier }) => `${file} imports ${specifier}`);

test('every package has its place in the order of imports', () => {
	const unknown = [...new Set(sources.map(packageOf))].filter((name) => name === null || !(name in allowed));
	assert.deepEqual(unknown, []);
});

test('packages import one way, by package exports alone', () => {
	const broken = imports.filter(({ file, specifier }) => {
		const from = packageOf(file);
		const to = /^@keyward\/([^/]+)/.exec(specifier)?.[1] ?? (specifier === 'keyward' ? 'cli' : null);
		if (from === null || to === null || to === from) return false;
		// A core test may not borrow from above either: core's tests need no fakes but plain values.
		if (isTest(file) && from !== 'core') return false;
		return !allowed[from]?.includes(to);
	});
	assert.deepEqual(list(broken), []);
});

test('no package reaches into the files of another', () => {
	const broken = imports.filter((one) => {
		const path = target(one);
		if (path === null) return false;
		if (packageOf(path) !== null && packageOf(path) !== packageOf(one.file)) {
			// What tests share may set up what a package shows to nobody else; one test starts another package's fixture.
			return !(packageOf(one.file) === 'testing' || (isTest(one.file) && path.endsWith('.fixture.ts')));
		}
		if (packageOf(path) !== null) return false;
		// Outside packages: tests use the data of vectors/ and examples/, and start what scripts/ holds; the CLI ships examples/.
		if (isTest(one.file)) return !/^(vectors|examples)\//.test(path) && !isStarted(one);
		return !(one.file.startsWith('packages/cli/') && path.startsWith('examples/'));
	});
	assert.deepEqual(list(broken), []);
});

/** A script that a test starts as a separate process. */
const isStarted = ({ file, specifier }: Import): boolean =>
	file === 'packages/service/mqtt/conformance/bridge.test.ts' && specifier.endsWith('/scripts/conformance-bridge.ts');

test('the product takes types alone of TypeBox: its builders are 370 modules in each program and thread (packages/contract/type.ts)', () => {
	const broken = imports.filter(
		({ file, specifier, names }) => specifier === 'typebox' && names.length > 0 && !isTest(file),
	);
	assert.deepEqual(list(broken), []);
	assert.ok(imports.some(({ file, names }) => file === 'packages/contract/type.ts' && names.length === 0));
});

// `import` makes a name of each export of a module: for node:http it loads WebSocket, and with it all of fetch, 30 ms in every thread.
// What has no types cannot be imported: the parser that stands between Node and OpenSSL during a handshake.
test('the product takes node:http by process.getBuiltinModule, and no other module so but one without types', () => {
	const broken = imports.filter(
		({ file, specifier, names }) => specifier === 'node:http' && names.length > 0 && !isTest(file),
	);
	assert.deepEqual(list(broken), []);
	const taken = sources
		.filter((file) => !isTest(file))
		.flatMap((file) =>
			Array.from(read(file).matchAll(/getBuiltinModule\b.{0,20}/g), ([text]) => ({
				core: packageOf(file) === 'core',
				untyped: file === 'packages/service/tls/reader.ts',
				text,
			})),
		);
	assert.ok(taken.length > 0);
	for (const { core, untyped, text } of taken)
		assert.deepEqual(
			[core, text],
			[false, untyped ? "getBuiltinModule('_http_common') as " : "getBuiltinModule('node:http');"],
		);
});

test('product packages import nothing that only tests may: no testing/, no scripts/', () => {
	const broken = imports.filter((one) => {
		const named = one.specifier.startsWith('@keyward/testing') || target(one)?.startsWith('scripts/') === true;
		return named && !isTest(one.file);
	});
	assert.deepEqual(list(broken), []);
});

test('attacks act from outside: they import agent, client, contract, core, custody, what tests share, and their harness; nothing imports them', () => {
	const attacks = files('attacks/**/*.ts');
	const outside = attacks.flatMap(importsOf).filter((one) => {
		const path = target(one);
		if (path !== null) return !(path.startsWith('attacks/harness/') || path.startsWith('packages/cli/bin/'));
		if (
			one.specifier.startsWith('node:') ||
			/^@keyward\/(agent|client|contract|core|custody|owner|testing)(\/|$)/.test(one.specifier)
		)
			return false;
		// Only the process that is attacked runs the service; of its options the types are taken.
		const isService = one.specifier === '@keyward/service';
		return !(isService && (one.names.length === 0 || one.file === 'attacks/harness/site-program.ts')) && !isLoader(one);
	});
	assert.deepEqual(list(outside), []);
	const inward = [...imports, ...files('{scripts,bench,examples,test}/**/*.ts').flatMap(importsOf)].filter(
		(one) => target(one)?.startsWith('attacks/') === true && one.file !== 'scripts/attacks.ts',
	);
	assert.deepEqual(list(inward), []);
});

/** The harness imports the attacks by what is in their folder, and a reader and the owner's programs from the source that is under attack. */
const isLoader = ({ file, specifier }: Import): boolean =>
	['read-attacks', 'reader-console', 'release', 'sealed', 'owner-source'].some(
		(name) => file === `attacks/harness/${name}.ts`,
	) && specifier === '(computed)';

interface Manifest {
	readonly name?: string;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
	readonly exports?: Readonly<Record<string, string>>;
}

const manifest = (file: string): Manifest => JSON.parse(read(file)) as Manifest;

test('what a package imports it lists', () => {
	const missing = imports.filter((one) => {
		const from = packageOf(one.file);
		// What a user names when it runs cannot be listed: a source module.
		if (one.file === 'packages/agent/source/source-module.ts' && one.specifier === '(computed)') return false;
		const name = /^(@[^/]+\/[^/]+|[^@./][^/]*)/.exec(one.specifier)?.[1];
		if (from === null || name === undefined || one.specifier.startsWith('node:')) return false;
		const own = manifest(`packages/${from}/package.json`);
		if (own.name === name || Object.hasOwn({ ...own.dependencies, ...own.optionalDependencies }, name)) return false;
		if (!isTest(one.file)) return true;
		if (Object.hasOwn(own.devDependencies ?? {}, name)) return false;
		return !(name.startsWith('@keyward/') || Object.hasOwn(manifest('package.json').devDependencies ?? {}, name));
	});
	assert.deepEqual(list(missing), []);
});

const core = imports.filter(({ file }) => packageOf(file) === 'core' && !isTest(file));

test('core takes only deterministic functions of node:crypto, and nothing else of Node but its asserts', () => {
	const broken = core.filter(({ specifier, names }) => {
		if (specifier === 'node:crypto') return !names.every((name) => deterministic.has(name));
		return specifier.startsWith('node:') && !specifier.startsWith('node:assert') && names.length > 0;
	});
	assert.deepEqual(
		broken.map(({ file, specifier, names }) => `${file}: ${names.join(', ')} of ${specifier}`),
		[],
	);
});

test('core uses only pure packages', () => {
	const broken = core.filter(
		({ specifier }) =>
			!/^(node:|\.\.?\/|@keyward\/core)/.test(specifier) && !pure.some((pattern) => pattern.test(specifier)),
	);
	assert.deepEqual(list(broken), []);
});

/** What of Node, by which files, somebody gets who imports this file for its values; through our own packages too. */
const nodeBehind = (file: string, seen = new Set<string>()): string[] => {
	if (seen.has(file)) return [];
	seen.add(file);
	return importsOf(file)
		.filter(({ names }) => names.length > 0)
		.flatMap((one) => {
			if (one.specifier.startsWith('node:')) return [`${file} imports ${one.specifier}`];
			const path = target(one) ?? exported(one.specifier);
			return path === null ? [] : nodeBehind(path, seen);
		});
};

/** The file that a package of ours shows under this specifier; null for packages of others. */
const exported = (specifier: string): string | null => {
	const [, name, sub = ''] = /^@keyward\/([^/]+)(\/.+)?$/.exec(specifier) ?? [];
	if (name === undefined) return null;
	const { exports = {} } = manifest(`packages/${name}/package.json`);
	return join('packages', name, exports[`.${sub}`] ?? 'no-such-file');
};

/** Our files that are loaded with this one. */
const loadedWith = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
	if (seen.has(file)) return seen;
	seen.add(file);
	for (const one of importsOf(file)) {
		if (one.names.length === 0 || one.later === true) continue;
		const path = target(one) ?? exported(one.specifier);
		if (path !== null) loadedWith(path, seen);
	}
	return seen;
};

test('what starts often loads nothing dear that few need: each module is a third of a millisecond, in every program and thread', () => {
	// All operations, the structures of X.509 (with ninety modules), what judges attestation, and a TPM's commands.
	const contract = 'packages/contract/operations.ts';
	const x509 = 'packages/core/format/certificate.ts';
	const attest = 'packages/core/attest/index.ts';
	const tpm2 = 'packages/custody/tpm2/index.ts';
	for (const [start, dear] of [
		['packages/service/api/https-worker.ts', [contract, x509, attest]],
		['packages/service/api/operator-worker.ts', [contract, x509, attest]],
		['packages/service/mqtt/worker.ts', [contract, x509, attest]],
		['packages/agent/link/link-process.ts', [contract, x509, attest, tpm2]],
		['packages/agent/enrolment/commission.ts', [contract, attest, tpm2]],
		['packages/client/client.ts', [contract, x509, 'packages/core/seal/index.ts']],
		['packages/cli/command-line.ts', [contract, x509, 'packages/client/client.ts', 'packages/agent/index.ts']],
	] as const) {
		const loaded = loadedWith(start);
		assert.ok(loaded.size > 15, start);
		assert.deepEqual(
			dear.filter((one) => loaded.has(one)),
			[],
			start,
		);
	}
	assert.ok(loadedWith('packages/service/serve.ts').has(contract));
	assert.ok(loadedWith('packages/agent/index.ts').has(x509));
});

test('the contract runs where there is no Node: neither it nor what it imports of ours takes anything of it', () => {
	const contract = files('packages/contract/**/*.ts').filter((file) => !isTest(file));
	assert.deepEqual(
		contract.flatMap((file) => nodeBehind(file)),
		[],
	);
	const foreign = contract
		.flatMap(importsOf)
		.filter(({ specifier }) => !/^(\.\/|@keyward\/core(\/|$)|typebox$)/.test(specifier));
	assert.deepEqual(list(foreign), []);
	assert.deepEqual(nodeBehind('test/house/fixtures/behind.ts'), ['test/house/fixtures/impure.ts imports node:crypto']);
});

/** Globals that read a clock, entropy or the world. */
const worldly = new Set([
	'clearInterval',
	'clearTimeout',
	'console',
	'crypto',
	'fetch',
	'globalThis',
	'performance',
	'process',
	'queueMicrotask',
	'require',
	'setImmediate',
	'setInterval',
	'setTimeout',
]);

/** Uses of a clock, entropy or the world in one file, in words. */
const impurities = (file: string): string[] => {
	const found: string[] = [];
	visit(file, {
		MemberExpression({ object, property, computed }) {
			if (computed || object.type !== 'Identifier' || property.type !== 'Identifier') return;
			if (worldly.has(object.name)) found.push(`${file}: ${object.name}.${property.name}`);
			const call = `${object.name}.${property.name}`;
			if (['Date.now', 'Math.random', 'Temporal.Now'].includes(call)) found.push(`${file}: ${call}`);
		},
		NewExpression({ callee, arguments: args }) {
			if (callee.type === 'Identifier' && callee.name === 'Date' && args.length === 0)
				found.push(`${file}: new Date()`);
		},
		CallExpression({ callee }) {
			if (callee.type === 'Identifier' && (callee.name === 'Date' || worldly.has(callee.name)))
				found.push(`${file}: ${callee.name}()`);
		},
	});
	return found;
};

test('core reads no clock, no entropy and nothing of the process', () => {
	const broken = files('packages/core/**/*.ts')
		.filter((file) => !isTest(file))
		.flatMap(impurities);
	assert.deepEqual(broken, []);
});

test('the purity check sees what it must see', () => {
	const here = 'test/house/fixtures/impure.ts';
	assert.deepEqual(
		impurities(here).map((line) => line.replace(`${here}: `, '')),
		['Date.now', 'new Date()', 'Math.random', 'process.env', 'setTimeout()', 'Date()'],
	);
	assert.deepEqual(
		importsOf(here).map(({ specifier, names }) => [specifier, names]),
		[
			['node:crypto', ['randomBytes']],
			['./plain.ts', []],
			['./plain.ts', ['*']],
		],
	);
});
