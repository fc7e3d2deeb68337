import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession } from '@keyward/testing/service/wire';
import { attack } from './harness/attack.ts';

const record = (modified: string, fixed: string): string =>
	JSON.stringify({
		...{ id: 'OSV-1', modified, published: '2026-01-01T00:00:00Z' },
		affected: [
			{
				package: { ecosystem: 'npm', name: 'codec' },
				ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
			},
		],
	});

// A first version of a record named too few versions. Who stands between a mirror and the site plays it again.
export default attack({
	title: 'an older version of an advisory is played again, in which the running version is not affected yet',
	requirements: ['patch-deadline'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/store/rules/document-outcome.ts',
				find: "given.updated < known.updated ? 'older' : 'replaced'",
				replace: "given.updated < 0 ? 'older' : 'replaced'",
			},
		],
		because: 'the parameter says within which time a device is mended; that a later record stands holds always',
	},
	refusal: 'older',
	run: async ({ site, cli, folder, after }) => {
		const probe = await site.commissionDevice('hall', 'probe-1');
		await openSession({ after }, site, probe, 5, { properties: { userProperties: { 'software-version': '1.0.0' } } });
		const bill = {
			...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
			components: [{ type: 'library', name: 'codec', purl: 'pkg:npm/codec@1.3.0' }],
		};
		const file = async (name: string, text: string): Promise<string> => {
			await writeFile(join(folder, name), text);
			return join(folder, name);
		};
		const bom = await file('bill.json', JSON.stringify(bill));
		await cli(['bom', 'import', 'probe', '1.0.0', bom, '--application', 'hall']);
		await cli(['advisory', 'import', await file('new.json', record('2026-03-01T00:00:00Z', '1.4.0'))]);
		const before = await cli(['advisory', 'list', '--json']);
		if (before.status !== 1) throw new Error(`nobody was exposed before: ${before.stdout}${before.stderr}`);
		const played = await cli([
			'advisory',
			'import',
			await file('old.json', record('2026-02-01T00:00:00Z', '1.3.0')),
			'--json',
		]);
		const [, outcome = null] = /"outcome":\s*"([a-z-]+)"/.exec(played.stdout) ?? [];
		const { status } = await cli(['advisory', 'list', '--json']);
		const saw = `the older record counts as ${String(outcome)}; the device is ${status === 0 ? 'no longer' : 'still'} exposed`;
		return { succeeded: status === 0, saw, refusal: status === 0 ? null : outcome };
	},
});
