import { days } from '@keyward/core';
import { makeEphemeralKey } from '@keyward/custody';
import { preparePart, prepareVendor, readRepository } from '@keyward/owner';
import { ownSite, signedBy } from '@keyward/testing/owner/owner';
import { makeRelease, releaseFolder } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt } from './harness/release.ts';

export default attack({
	title: 'the vendor of a modem signs a whole image with the key that is for its part',
	requirements: ['firmware-signed'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/owner/repository/releases.ts',
				find: 'if (!patterns.includes(pattern)) throw',
				replace: "if (pattern === '') throw",
			},
		],
		because: 'who may sign what is in what the owner signed, not in the policy',
	},
	refusal: 'roster-refused',
	run: async ({ site, folder }) => {
		const owner = await ownSite(site);
		const { keys, pin } = owner;
		const base = owner.repository();
		const key = makeEphemeralKey();
		const acme = { name: 'acme', class: 'probe', parts: ['modem'], keys: [key.publicKey], threshold: 1 };
		const until = Date.now() + days(30);
		const named = await signedBy(
			{ base: base.files, files: prepareVendor(base, 'hall', acme, until) },
			keys.slice(0, 2),
		);
		await site.ask('owner.publish', { files: named });
		const made = makeRelease('9.0.0');
		const part = { application: 'hall', vendor: 'acme', class: 'probe', release: '9.0.0', part: 'image' };
		const files = preparePart(readRepository(named, pin), part, made.contents.image, until);
		const stick = await releaseFolder(folder, made, {
			base: named,
			files: await signedBy({ base: named, files }, [key]),
		});
		return attempt("the vendor's image is served", async () => {
			await site.ask('release.publish', { folder: stick });
			const path = `targets/releases/hall/probe/9.0.0/${made.contents.image.sha256}.image`;
			return (await site.ask('owner.file', { path })).artefact !== null;
		});
	},
});
