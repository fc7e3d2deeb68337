import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, read } from './source.ts';

test('each source file that a document names is there', () => {
	const there = files('**/*.{ts,tsx,mjs}').map((file) => `/${file}`);
	const gone = files('*.md', 'docs/**/*.md', 'examples/**/*.md')
		.filter((document) => document !== 'CHANGELOG.md')
		.flatMap((document) =>
			Array.from(read(document).matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:tsx?|mjs))`/g), ([, path = '']) => ({
				document,
				path,
			})),
		)
		.filter(({ path }) => !there.some((file) => file.endsWith(`/${path}`)));
	assert.deepEqual(gone, []);
});

test('each dependency is pinned, and says in docs/dependencies.md why it is one', () => {
	const reasons = read('docs/dependencies.md');
	const wrong = files('package.json', 'packages/*/package.json').flatMap((manifest) => {
		const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(manifest)) as Record<
			string,
			Readonly<Record<string, string>> | undefined
		>;
		return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
			.filter(([name]) => !name.startsWith('@keyward/'))
			.filter(([name, version]) => !/^\d+\.\d+\.\d+$/.test(version) || !reasons.includes(`\`${name}\``))
			.map(([name, version]) => `${manifest}: ${name} ${version}`);
	});
	assert.deepEqual(wrong, []);
});

test('docs/rooms.md names each room of core and of the service, and no other', () => {
	const [, core = '', service = ''] = read('docs/rooms.md').split(/^## `packages\/.*$/m);
	for (const [name, text] of [
		['core', core],
		['service', service],
	] as const) {
		const rooms = files(`packages/${name}/*/*`).map((file) => file.split('/')[2] ?? '');
		const named = Array.from(text.matchAll(/^\| `([\w-]+)` \|/gm), ([, room = '']) => room);
		assert.deepEqual(named, [...new Set(rooms)].toSorted(), name);
	}
});
