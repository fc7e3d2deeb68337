import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commandPath, needs } from '@keyward/testing/debian';
import { install } from './installed.ts';
import { blocks } from './readme-blocks.ts';

test('the packed keyward serves, commissions and checks keys from an empty folder', async (t) => {
	const { folder, modules, bin } = install();
	const work = join(folder, 'work');
	mkdirSync(work);

	await t.test('every file that a module names is in it, and no test is', () => {
		const lib = join(modules, 'keyward/lib');
		const missing: string[] = [];
		for (const file of globSync('**/*.js', { cwd: lib })) {
			const text = readFileSync(join(lib, file), 'utf8');
			assert.doesNotMatch(text, /from '@keyward\//, file);
			for (const [, name = ''] of text.matchAll(/(?:from|import\(|new URL\()\s*'(\.[^'`$]*)'/g)) {
				if (!existsSync(join(lib, dirname(file), name))) missing.push(`${file}: ${name}`);
			}
		}
		assert.deepEqual(missing, []);
		assert.deepEqual(globSync('**/*.{test,fixture}.js', { cwd: lib }), []);
	});

	await t.test('what npm installs with it is what its bill of materials names', () => {
		const packed = (file: string): unknown => JSON.parse(readFileSync(join(modules, 'keyward', file), 'utf8'));
		const { components } = packed('keyward.cdx.json') as {
			readonly components: readonly { readonly 'bom-ref': string; readonly version: string }[];
		};
		const shrinkwrap = readFileSync(join(modules, 'keyward/npm-shrinkwrap.json'), 'utf8');
		assert.doesNotMatch(shrinkwrap, /https?:/, 'it names no registry');
		const { packages } = JSON.parse(shrinkwrap) as {
			readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>>;
		};
		const { '': self, ...installed } = packages;
		const manifest = packed('package.json');
		assert.deepEqual(self, manifest);
		assert.deepEqual(
			Object.entries(installed).map(([place, { version }]) => [place, version]),
			components.map(({ 'bom-ref': place, version }) => [place, version]),
		);
		assert.ok(Object.values(installed).every(({ integrity }) => integrity?.startsWith('sha512-')));
		// npm reads no shrinkwrap of an archive: there package.json has to say the same.
		const { dependencies, optionalDependencies } = manifest as Record<string, Record<string, string>>;
		for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies }))
			assert.equal(version, installed[`node_modules/${name}`]?.version, name);
		const outer = Object.keys(installed).filter((place) => place.lastIndexOf('node_modules/') === 0);
		assert.equal(Object.keys({ ...dependencies, ...optionalDependencies }).length, outer.length);
	});

	await t.test('what its documents link to is in it', () => {
		const missing: string[] = [];
		const packed = join(modules, 'keyward');
		for (const file of globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'vectors/**/*.md'], { cwd: packed })) {
			const text = readFileSync(join(packed, file), 'utf8').replaceAll(/```[^]*?```|`[^`\n]*`/g, '');
			for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g))
				if (!/^[a-z]+:/.test(target) && !existsSync(join(packed, dirname(file), target)))
					missing.push(`${file}: ${target}`);
		}
		assert.deepEqual(missing, []);
	});

	await t.test('the manual page is named, tells of every verb, and is well formed', (t) => {
		const page = join(modules, 'keyward/man/keyward.1');
		const text = readFileSync(page, 'utf8');
		for (const words of ['device commission', 'serve', 'revoke grant'])
			assert.match(text, new RegExp(`^\\.SS ${words} `, 'm'));
		assert.match(text, /^\.B \\-\\-https\\-port /m);
		const lib = join(modules, 'keyward/lib');
		const read = globSync('**/*.js', { cwd: lib }).flatMap((file) => {
			const source = readFileSync(join(lib, file), 'utf8');
			return [...source.matchAll(/\benv\['([A-Z_]+)'\]|portOf\([^)]*'([A-Z_]+)'\)/g)].map(
				([, one, port]) => one ?? port ?? '',
			);
		});
		const said = [...text.matchAll(/^\.B ([A-Z_]+)$/gm)].map(([, name = '']) => name);
		assert.deepEqual([...new Set(read)].toSorted(), said.toSorted(), 'what it reads of its environment');
		const { man } = JSON.parse(readFileSync(join(modules, 'keyward/package.json'), 'utf8')) as { man: unknown };
		assert.deepEqual(man, ['man/keyward.1']);
		if (!needs(t, 'mandoc')) return;
		const mandoc = commandPath('mandoc') ?? 'mandoc';
		const { status, stdout } = spawnSync(mandoc, ['-Tlint', '-Wwarning', page], { encoding: 'utf8' });
		assert.deepEqual([status, stdout], [0, '']);
	});

	const keyward = (...words: string[]): string => {
		const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], { cwd: work, encoding: 'utf8' });
		assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
		return stdout;
	};
	const version = keyward('--version').trimEnd();
	assert.match(version, /^\d+\.\d+\.\d+$/);
	assert.deepEqual(globSync('*.tgz', { cwd: folder }), [`keyward-${version}.tgz`]);
	const shown = blocks.find(({ note }) => note !== null);
	assert.deepEqual(shown?.lines, [`npm install ./keyward-${version}.tgz`, 'npx keyward serve'], 'README');
	keyward('keycheck', join(modules, 'keyward/package.json'));

	await t.test('keycheck is a library too', () => {
		const example = join(modules, 'keyward/examples/keycheck/fleet.mjs');
		const { status, stdout, stderr } = spawnSync(
			process.execPath,
			[example, join(modules, 'keyward/examples/reactor-hall')],
			{ encoding: 'utf8' },
		);
		assert.deepEqual([status, stdout, stderr], [0, '', '']);
	});

	await t.test('the client that opens sealed streams finds Keyward in the package', () => {
		const client = join(modules, 'keyward/examples/clients/node/open.mjs');
		const { status, stderr } = spawnSync(process.execPath, [client, 'nowhere', 'a/b/c'], {
			cwd: work,
			encoding: 'utf8',
		});
		assert.equal(status, 2, stderr);
		assert.match(stderr, /^(?:identity-file|file-unreadable): .*nowhere/);
	});

	await t.test('an example that a document names by its path in Keyward is found in the package', () => {
		const named = 'examples/weather-station/policy.yaml';
		const words = ['policy', 'explain', named];
		const { status, stderr } = spawnSync(process.execPath, [bin, ...words], { cwd: work, encoding: 'utf8' });
		assert.equal(status, 2);
		const [, own = ''] = /cannot be read \(ENOENT\): Keyward's own is (\S+) \[/.exec(stderr) ?? [];
		keyward('policy', 'explain', own);
	});

	// As npm links it; in a separate group, as Ctrl-C reaches all of it.
	symlinkSync(bin, join(folder, 'keyward'));
	const ports = { KEYWARD_HTTPS_PORT: '0', KEYWARD_MQTTS_PORT: '0' };
	const env = { ...process.env, ...ports };
	const serving = spawn(join(folder, 'keyward'), ['serve'], { cwd: work, env, detached: true });
	const ended = new Promise((resolve) => serving.once('exit', resolve));
	const interrupt = (): void => {
		if (serving.pid !== undefined && serving.exitCode === null) process.kill(-serving.pid, 'SIGINT');
	};
	t.after(async () => {
		interrupt();
		await ended;
	});
	let said = '';
	await new Promise<void>((resolve, reject) => {
		const hear = (bytes: Buffer): void => {
			said += String(bytes);
			if (said.includes('Ctrl-C stops it')) resolve();
		};
		serving.stdout.on('data', hear);
		serving.stderr.on('data', hear);
		serving.once('exit', () => reject(new Error(said)));
	});
	const policy = join(modules, 'keyward/examples/weather-station/policy.yaml');
	keyward('policy', 'apply', policy);
	const application = 'weather-station';
	keyward('device', 'expect', 'mast-1', '--application', application, '--out', 'mast-1.commissioning');
	keyward('device', 'commission', '--from', 'mast-1.commissioning', '--folder', 'mast-1');
	const listed = JSON.parse(keyward('device', 'list', '--json')) as readonly { id: string; state: string }[];
	assert.deepEqual(
		listed.map(({ id, state }) => [id, state]),
		[['mast-1', 'commissioned']],
	);

	await t.test('plan asks its solver, in a separate thread', () => {
		const prices = join(modules, 'keyward/examples/prices.yaml');
		const words = ['plan', '--prices', prices, '--level', '4', '--json'];
		const planned = spawnSync(process.execPath, [bin, ...words], { cwd: work, encoding: 'utf8' });
		assert.equal(planned.status, 1, planned.stderr);
		assert.ok(Object.keys(JSON.parse(planned.stdout) as object).length > 0, planned.stdout);
	});

	interrupt();
	assert.equal(await ended, 0, said);
});
