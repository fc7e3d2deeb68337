import assert from 'node:assert/strict';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, Problem } from '@keyward/core';
import { hallPolicy, startSite, type TestSite, type TestSiteOptions } from '@keyward/testing/service/site';
import { openSession } from '@keyward/testing/service/wire';
import { requireOwnFolder } from './watched-folder.ts';
import { until } from '@keyward/testing/agent/until';

const published = Date.now() - days(40);
const iso = (at: number): string => new Date(at).toISOString();

const policy = hallPolicy
	.replace('adaptability: 0', 'adaptability: 2')
	.replace('streams: [dose-rate, state] }', 'streams: [dose-rate, state], support-until: 2100-01-31 }');

const bill = (codec: string): string =>
	JSON.stringify({
		...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
		components: [{ type: 'library', name: 'codec', purl: `pkg:npm/codec@${codec}` }],
	});

const osv = (rest: object = {}): string =>
	JSON.stringify({
		...{ id: 'OSV-1', modified: iso(published), published: iso(published), aliases: ['CVE-2026-1'] },
		affected: [
			{
				package: { ecosystem: 'npm', name: 'codec' },
				ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.4.0' }] }],
			},
		],
		...rest,
	});

const vex = JSON.stringify({
	document: {
		...{ category: 'csaf_vex', csaf_version: '2.0', title: 'x', publisher: { namespace: 'https://acme.example' } },
		tracking: {
			...{ id: 'ACME-1', status: 'final' },
			...{ initial_release_date: iso(published), current_release_date: iso(published) },
		},
	},
	product_tree: {
		full_product_names: [
			{ product_id: 'c', name: 'c', product_identification_helper: { purl: 'pkg:npm/codec@1.3.0' } },
		],
	},
	vulnerabilities: [
		{
			...{ cve: 'CVE-2026-1', product_status: { known_not_affected: ['c'] } },
			threats: [{ category: 'impact', details: 'not called', product_ids: ['c'] }],
		},
	],
});

const open = async (t: TestContext, options: TestSiteOptions = {}) => {
	const folder = temporaryFolder('keyward-updates-');
	const site = await startSite(t, { policies: [policy], ...options });
	const file = async (name: string, text: string): Promise<string> => {
		await writeFile(join(folder, name), text);
		return join(folder, name);
	};
	return { folder, site, file };
};

const says = async (t: TestContext, site: TestSite, device: string, version: string): Promise<void> => {
	const identity = await site.commissionDevice('hall', device);
	await openSession(t, site, identity, 5, {
		properties: { userProperties: { 'software-version': version, 'agent-version': '0.1.0' } },
	});
};

const list = (site: TestSite) => site.ask('advisory.list', { application: 'hall' });
const statuses = async (site: TestSite): Promise<string[]> =>
	(await list(site)).vulnerabilities.map(({ status }) => status);

const weaknesses = async (site: TestSite): Promise<string[]> => {
	const postures = await site.ask('posture', { application: 'hall' });
	return postures
		.flatMap(({ objectives }) => objectives.flatMap(({ weakest }) => weakest))
		.filter(({ requirement }) => ['patch-deadline', 'support-period'].includes(requirement))
		.map(({ requirement, component, reason }) => `${requirement} ${component.id}: ${reason}`);
};

const refuses = (promise: Promise<unknown>, code: string, said: RegExp): Promise<void> =>
	assert.rejects(promise, (error) => {
		assert.ok(error instanceof Problem, String(error));
		assert.equal(error.code, code, error.detail);
		assert.match(error.detail, said);
		return true;
	});

test('who runs what an advisory names is known, with what mends it and until when, also after a restart', async (t) => {
	const { site, file } = await open(t);
	await says(t, site, 'probe-1', '1.0.0');
	await site.commissionDevice('hall', 'probe-2');
	const importBill = (version: string, text: string, name = `${version}.json`) =>
		file(name, text).then((path) =>
			site.ask('bom.import', { application: 'hall', class: 'probe', version, file: path }),
		);
	assert.deepEqual((await list(site)).untold, [
		{ application: 'hall', device: 'probe-1', reason: 'no-bill' },
		{ application: 'hall', device: 'probe-2', reason: 'no-version' },
	]);
	assert.deepEqual((await weaknesses(site)).toSorted(), [
		'patch-deadline probe-1: observed no bill of materials of probe 1.0.0, asked at most 90 d',
		'patch-deadline probe-2: observed it does not say which version it runs, asked at most 90 d',
	]);
	await importBill('1.0.0', bill('1.3.0'));
	const summary = await importBill('1.1.0', bill('1.4.0'));
	assert.deepEqual([summary.components, summary.unidentified], [1, 0]);
	const { taken } = await site.ask('advisory.import', { path: await file('osv.json', osv()) });
	assert.deepEqual(
		taken.map(({ id, outcome }) => [id, outcome]),
		[['OSV-1', 'new']],
	);
	const look = async (): Promise<void> => {
		const { vulnerabilities, untold } = await list(site);
		const [found] = vulnerabilities;
		assert.deepEqual(vulnerabilities.length, 1);
		assert.deepEqual([found?.status, found?.fixed, found?.mending], ['affected', '1.4.0', ['1.1.0']]);
		assert.deepEqual(found?.devices, [{ device: 'probe-1', version: '1.0.0' }]);
		assert.equal(found?.deadline, published + days(90), "the policy's clock runs from the publication");
		assert.deepEqual(untold, [{ application: 'hall', device: 'probe-2', reason: 'no-version' }]);
	};
	await look();
	await sleep(2500);
	await site.restart();
	await look();
	assert.deepEqual(await weaknesses(site), [
		'patch-deadline probe-1: evidence is only claimed, asked observed',
		'patch-deadline probe-2: observed it does not say which version it runs, asked at most 90 d',
	]);
	const shown = await site.ask('advisory.show', { id: 'CVE-2026-1' });
	assert.deepEqual(
		shown.documents.map(({ id, trusted, statements }) => [id, trusted, statements]),
		[['OSV-1', true, ['affected npm//codec']]],
	);
	await refuses(site.ask('advisory.show', { id: 'CVE-1' }), 'no-such-thing', /No advisory has the id/);
	// Mended by the newer version.
	await says(t, site, 'probe-3', '1.1.0');
	assert.deepEqual((await list(site)).vulnerabilities[0]?.devices.length, 1);
});

test('the watched folder: a stranger cannot say that all is well, a named publisher can, and bad files are shown', async (t) => {
	const place = temporaryFolder('keyward-watched-');
	const watched = join(place, 'advisories');
	await mkdir(watched, { mode: 0o700 });
	const run = async (publishers: readonly string[]): Promise<{ found: string[]; refused: number }> => {
		const { site, file } = await open(t, { advisories: { folder: watched, publishers } });
		await says(t, site, 'probe-1', '1.0.0');
		const path = await file('bill.json', bill('1.3.0'));
		await site.ask('bom.import', { application: 'hall', class: 'probe', version: '1.0.0', file: path });
		await until('a file is refused', async () => (await list(site)).refused.length > 0);
		return { found: await statuses(site), refused: (await list(site)).refused.length };
	};
	await writeFile(join(watched, 'a.json'), osv());
	await writeFile(join(watched, 'b.json'), vex);
	await writeFile(join(watched, 'c.json'), '{"document": {}}');
	assert.deepEqual(await run([]), { found: ['affected'], refused: 1 });
	assert.deepEqual(await run(['https://acme.example']), { found: ['not-affected', 'not-affected'], refused: 1 });
	await chmod(watched, 0o777);
	await refuses(requireOwnFolder(watched), 'site-configuration', /written by other users .* chmod go-w/);
});

test('a site that is given advisories and bills of materials, good ones and others', async (t) => {
	const { site, file, folder } = await open(t);

	await t.test('files that cannot be read are refused, and say why', async () => {
		const takeBill = (path: string, className = 'probe', version = '1.0.0') =>
			site.ask('bom.import', { application: 'hall', class: className, version, file: path });
		await refuses(takeBill(join(folder, 'none.json')), 'file-unreadable', /ENOENT/);
		await refuses(takeBill(folder), 'file-unreadable', /is no file/);
		await refuses(takeBill(await file('a.json', bill('1')), 'prob'), 'policy-unknown-reference', /did you mean/);
		await refuses(takeBill(await file('a.json', bill('1')), 'probe', 'one two'), 'request-malformed', /is no version/);
		await refuses(takeBill(await file('b.json', '{"bomFormat":"SPDX"}')), 'bill-malformed', /bomFormat must be/);
		await writeFile(join(folder, 'c.json'), Uint8Array.of(0x7b, 0xff, 0x7d));
		await refuses(takeBill(join(folder, 'c.json')), 'bill-malformed', /no text in UTF-8/);
		await refuses(
			site.ask('advisory.import', { path: join(folder, 'c.json') }),
			'advisory-malformed',
			/no text in UTF-8/,
		);
		await rm(join(folder, 'a.json'));
		const { taken, refused } = await site.ask('advisory.import', { path: folder });
		assert.deepEqual(
			[taken.length, refused.map(({ code }) => code)],
			[0, ['advisory-malformed', 'advisory-malformed']],
		);
	});

	await t.test('a later record replaces, an older never; a withdrawn one ends it', async (u) => {
		await says(u, site, 'probe-1', '1.0.0');
		const path = await file('bill.json', bill('1.3.0'));
		await site.ask('bom.import', { application: 'hall', class: 'probe', version: '1.0.0', file: path });
		const take = async (text: string): Promise<string | undefined> =>
			(await site.ask('advisory.import', { path: await file('osv.json', text) })).taken[0]?.outcome;
		assert.equal(await take(osv()), 'new');
		assert.equal(await take(osv({ modified: iso(published - 1), affected: [] })), 'older');
		assert.deepEqual(await statuses(site), ['affected']);
		assert.equal(await take(osv({ modified: iso(published + 1), withdrawn: iso(published + 1) })), 'replaced');
		assert.deepEqual(await statuses(site), []);
	});
});
