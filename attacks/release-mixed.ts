import { hash } from 'node:crypto';
import { days } from '@keyward/core';
import { type Change, prepareRelease } from '@keyward/owner';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releaseFolder } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { ownerOf } from './harness/owner-source.ts';
import { attempt } from './harness/release.ts';

export default attack({
	title: 'a release goes out with the bill of materials of another one beside it, which the signers were not shown',
	requirements: ['bill-of-materials'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/owner/repository/releases.ts',
				find: 'if ((file?.sha256 ?? null) === release[kind]) return file;',
				replace: "if (path !== '') return file;",
			},
		],
		because: 'what belongs together is no parameter',
	},
	refusal: 'roster-refused',
	run: async ({ site, folder, source }) => {
		const owner = await ownSite(site);
		const base = owner.repository();
		const bill = '{"bomFormat":"CycloneDX","specVersion":"1.6"}';
		const made = makeRelease('2.0.0', {}, { bom: bill });
		const other = `${bill} `;
		const bom = { length: other.length, sha256: hash('sha256', other) };
		const mixed = { ...made, bytes: { ...made.bytes, bom: new TextEncoder().encode(other) } };
		const files = prepareRelease(base, { ...made.contents, bom }, { expires: Date.now() + days(30), keep: 8 });
		const { filesAfter, signChange } = await ownerOf(source);
		return attempt('the bill of another release counts for this one', async () => {
			let change: Change = { base: base.files, files };
			for (const key of owner.keys.slice(0, 2)) change = await signChange(change, key);
			const stick = await releaseFolder(folder, mixed, { base: base.files, files: filesAfter(change) });
			await site.ask('release.publish', { folder: stick });
			return (await site.ask('bom.list', {})).some(({ file }) => file === bom.sha256);
		});
	},
});
