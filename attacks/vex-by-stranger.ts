import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession } from '@keyward/testing/service/wire';
import { attack } from './harness/attack.ts';

const at = '2026-01-01T00:00:00Z';

const affected = {
	...{ id: 'OSV-1', modified: at, published: at, aliases: ['CVE-2026-1'] },
	affected: [{ package: { ecosystem: 'npm', name: 'codec' }, versions: ['1.3.0'] }],
};

const wellSaid = {
	document: {
		...{
			category: 'csaf_vex',
			csaf_version: '2.0',
			title: 'All is well',
			publisher: { namespace: 'https://evil.example' },
		},
		tracking: { id: 'E-1', status: 'final', initial_release_date: at, current_release_date: '2026-09-01T00:00:00Z' },
	},
	product_tree: {
		full_product_names: [
			{ product_id: 'c', name: 'c', product_identification_helper: { purl: 'pkg:npm/codec@1.3.0' } },
		],
	},
	vulnerabilities: [
		{
			...{ cve: 'CVE-2026-1', product_status: { known_not_affected: ['c'] } },
			flags: [{ label: 'vulnerable_code_not_present', product_ids: ['c'] }],
		},
	],
};

// What a feed brings is believed in what it accuses, not in what it excuses.
export default attack({
	title: 'somebody whose documents reach the watched folder says there that a vulnerability does not affect anybody',
	requirements: ['patch-deadline'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/update/documents.ts',
				find: 'byHand || publishers.includes(publisher)',
				replace: "byHand || publisher !== ''",
			},
		],
		because: 'the parameter says within which time a device is mended; whose excuses count is in the site file',
	},
	site: async (folder) => {
		const watched = join(folder, 'watched');
		await mkdir(watched, { mode: 0o700 });
		await writeFile(join(watched, 'affected.json'), JSON.stringify(affected));
		await writeFile(join(watched, 'vex.json'), JSON.stringify(wellSaid));
		return { options: { advisories: { folder: watched, publishers: ['https://psirt.example'] } } };
	},
	refusal: 'affected',
	run: async ({ site, cli, folder, after, signal }) => {
		const probe = await site.commissionDevice('hall', 'probe-1');
		await openSession({ after }, site, probe, 5, { properties: { userProperties: { 'software-version': '1.0.0' } } });
		const bom = join(folder, 'bill.json');
		const components = [{ type: 'library', name: 'codec', purl: 'pkg:npm/codec@1.3.0' }];
		await writeFile(bom, JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components }));
		await cli(['bom', 'import', 'probe', '1.0.0', bom, '--application', 'hall']);
		// Both have been taken by the first look, which begins with the site.
		let listed = await site.ask('advisory.list', {});
		while (listed.documents < 2 && !signal.aborted) listed = await site.ask('advisory.list', {});
		const { status } = await cli(['advisory', 'list']);
		const [first] = listed.vulnerabilities;
		const saw = `advisory list ends with ${status}; the device counts as ${first?.status ?? 'not concerned'}`;
		return { succeeded: status === 0, saw, refusal: status === 0 ? null : (first?.status ?? null) };
	},
});
