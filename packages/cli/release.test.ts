import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { startSite } from '@keyward/testing/service/site';
import { keyward } from './keyward.fixture.ts';

const held = async (words: readonly string[], data?: string): Promise<string> => {
	const { status, stdout, stderr } = await keyward(words, data);
	assert.equal(status, 0, `keyward ${words.join(' ')}: ${stdout}${stderr}`);
	return stdout + stderr;
};

test('a release is made on a machine without a site, signed by two of three, carried on a stick and published', async (t) => {
	const site = await startSite(t, { operatorSocket: true, linkWorkers: 0 });
	const place = temporaryFolder('kw-release-');
	const at = (name: string): string => join(place, name);
	const refused = async (words: readonly string[], why: RegExp): Promise<void> => {
		const { status, stderr } = await keyward(words, site.folder);
		assert.equal(status, 2, words.join(' '));
		assert.match(stderr, why);
	};
	for (const name of ['b', 'c', 'acme'])
		await writeFile(at(`${name}.pub`), await held(['owner', 'key', '--folder', at(name)]));
	const keys = ['--with', at('b.pub'), at('c.pub'), '--threshold', '2', '--out', at('change.json'), '--yes'];
	await held(['owner', 'init', '--folder', at('a'), ...keys], site.folder);
	await held(['roster', 'sign', at('change.json'), '--folder', at('b'), '--yes']);
	await held(['roster', 'publish', at('change.json')], site.folder);

	await held(['release', 'list', '--save', at('base.json')], site.folder);
	await writeFile(at('image'), 'x'.repeat(150_000));
	const bill = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'library', name: 'zlib' }] };
	await writeFile(at('bom.json'), JSON.stringify(bill));
	const stick = at('stick');
	const of = ['--application', 'hall', '--class', 'probe', '--base', at('base.json')];
	const init = ['release', 'init', at('image'), '--release', '1.0.0', '--floor', '3', '--bom', at('bom.json'), ...of];
	const made = await held([...init, '--out', stick]);
	assert.match(made, /RELEASE 1\.0\.0 for probe of hall:/);
	assert.match(made, /floor 3 is ABOVE 0/);
	assert.match(made, /bill of materials with 1 components/);
	assert.match(made, /in 3 pieces of 65536 bytes/);
	await refused([...init, '--out', stick], /already: name a new folder/);
	await refused(['release', 'init', at('image'), '--release', '1/0', ...of, '--out', at('x')], /a version is 1 to 64/);
	await refused(['release', 'publish', stick], /0\/2|signed/);
	assert.match(await held(['release', 'sign', stick, '--folder', at('a'), '--yes']), /has 1 of 2 signatures/);
	assert.match(await held(['release', 'sign', stick, '--show']), /has 1 of 2 signatures/);
	// Releases are not signed by the verb that does not show them.
	await refused(['roster', 'sign', join(stick, 'change.json'), '--folder', at('c'), '--yes'], /keyward release sign/);
	// What is on the stick is what is signed.
	const image = (await readdir(join(stick, 'targets'))).map((name) => join(stick, 'targets', name));
	for (const file of image) {
		const bytes = await readFile(file);
		await writeFile(file, Buffer.concat([bytes.subarray(1), Buffer.of(0x20)]));
		await refused(['release', 'sign', stick, '--folder', at('c'), '--yes'], /is not what would be signed/);
		await writeFile(file, bytes);
	}
	assert.match(await held(['release', 'sign', stick, '--folder', at('c'), '--yes']), /Every signature is there/);
	assert.match(await held(['release', 'publish', stick], site.folder), /In force/);
	const [listed] = JSON.parse(await held(['release', 'list', '--json'], site.folder)) as {
		release: string;
		signers: number;
	}[];
	assert.deepEqual([listed?.release, listed?.signers], ['1.0.0', 2]);

	const ask = ['--application', 'hall', '--class', 'probe'];
	const vendor = [
		'release',
		'vendor',
		'acme',
		...ask,
		'--parts',
		'modem',
		'--with',
		at('acme.pub'),
		'--out',
		at('vendor'),
	];
	assert.match(await held(vendor, site.folder), /acme MAY SIGN releases\/hall\/probe\/\*\/modem/);
	for (const name of ['a', 'b']) await held(['release', 'sign', at('vendor'), '--folder', at(name), '--yes']);
	await held(['release', 'publish', at('vendor')], site.folder);
	const part = ['release', 'part', at('image'), ...ask, '--vendor', 'acme', '--part', 'modem', '--release', '1.0.0'];
	await held([...part, '--out', at('part')], site.folder);
	await refused(['release', 'sign', at('part'), '--folder', at('a'), '--yes'], /not one of the owner's/);
	await held(['release', 'sign', at('part'), '--folder', at('acme'), '--yes']);
	await held(['release', 'publish', at('part')], site.folder);
	assert.match(await held(['release', 'list'], site.folder), /1\.0\.0\/modem: 150000 bytes, by acme/);
	// A version stands for one content.
	await refused(
		['release', 'init', at('image'), '--release', '1.0.0', ...ask, '--out', at('again')],
		/already: give this one/,
	);
	const lower = ['release', 'init', at('image'), '--release', '2.0.0', '--floor', '2', ...ask, '--out', at('lower')];
	await refused(lower, /is below 3/);
});
