import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { assignedTo, weaknessOf } from './harness/rolled-out.ts';

const bom = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [] });

// EN 303 645 5.3-2: that an older release is refused is shown by a refusal, not by a device that says a floor.
export default attack({
	title: 'a device says that it keeps a security floor, and takes an older release that it is offered',
	requirements: ['rollback-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/rollout/rollback-trials.ts',
				find: 'trial?.path !== path',
				replace: 'trial?.path !== ""',
			},
			{
				file: 'packages/core/update/rollback-trial.ts',
				find: "said !== null && said.release === path && said.code === 'release-below-floor'",
				replace: 'said === null || said.release === path',
			},
		],
		because: 'what counts as a refusal is no parameter',
	},
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 2')] },
	refusal: /it asked for a release below its floor/,
	run: async ({ site }) => {
		const probe = await site.commissionDevice('hall', 'probe-1');
		const owner = await ownSite(site);
		const place = await mkdtemp(join(tmpdir(), 'keyward-attack-releases-'));
		const { publish } = releasesOf(site, owner, place);
		const older = makeRelease('1.0.0', { securityFloor: 1 }, { bom });
		await publish(older);
		await publish(makeRelease('2.0.0', { securityFloor: 2 }, { bom }));
		await rm(place, { recursive: true, force: true });
		const said = { running: '2.0.0', floor: 2, state: 'confirmed' };
		const offered = await assignedTo(site, probe, said);
		if (offered === null) throw new Error('the device was not tried');
		const file = offered.replace(/image$/, `${older.contents.image.sha256}.image`);
		const image = await site.https({ as: probe, path: `/v1/owner/targets/${file}` });
		await assignedTo(site, probe, said);
		const refusal = await weaknessOf(site, 'rollback-refused');
		return {
			succeeded: refusal === null && image.status === 200,
			saw: `its image was answered with ${image.status}; rollback-refused: ${refusal ?? 'held'}`,
			refusal,
		};
	},
});
