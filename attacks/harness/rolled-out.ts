import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operations } from '@keyward/contract';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import type { TestIdentity } from '@keyward/testing/service/site';
import type { AttackedSite } from './site.ts';

type Terms = Operations['rollout.start']['input']['terms'];
type Said = Partial<Operations['update.assignment']['input']>;

/** Terms by which nobody is waited for, where `more` says nothing else. */
export const termsOf = (more: Partial<Terms> = {}): Terms => ({
	...{ rings: [], soak: 0, patience: 3_600_000, mostFailing: 0, spread: 0, bytesPerSecond: null },
	...more,
});

const bill = JSON.stringify({
	...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
	components: [{ type: 'library', name: 'zlib', version: '1.3.1', purl: 'pkg:generic/zlib@1.3.1' }],
});

/** Makes the site's owner, who signs version 2.0.0 of class `probe`. */
export const releaseSecond = async (site: AttackedSite): Promise<void> => {
	const owner = await ownSite(site);
	const place = await mkdtemp(join(tmpdir(), 'keyward-attack-releases-'));
	try {
		await releasesOf(site, owner, place).publish(makeRelease('2.0.0', {}, { bom: bill }));
	} finally {
		await rm(place, { recursive: true, force: true });
	}
};

/** A device tells its site what its machine is, over its own link; `probe-1` of the hall, and nothing open. */
export const reportAs = async (
	site: AttackedSite,
	as: TestIdentity,
	said: Partial<Operations['device.report']['input']>,
): Promise<void> => {
	const answer = await site.https({
		...{ as, method: 'POST', path: '/v1/operations/device.report', headers: { 'content-type': 'application/json' } },
		body: JSON.stringify({ scope: 'machine', ports: [], services: [], debug: [], tamper: [], ...said }),
	});
	if (answer.status !== 200) throw new Error(`the device was not answered: ${answer.text}`);
};

/** What a device is told that asks over its own link, and says this. */
export const assignedTo = async (site: AttackedSite, as: TestIdentity, said: Said = {}): Promise<string | null> => {
	const answer = await site.https({
		...{
			as,
			method: 'POST',
			path: '/v1/operations/update.assignment',
			headers: { 'content-type': 'application/json' },
		},
		body: JSON.stringify({ running: '1.0.0', floor: 0, state: 'idle', lastError: null, ...said }),
	});
	if (answer.status !== 200) throw new Error(`the device was not answered: ${answer.text}`);
	return (JSON.parse(answer.text) as Operations['update.assignment']['output']).release;
};

/** The rollout when it is as asked for, or when it has stood still for so many looks that it will not be. */
export const rolloutWhen = async (
	site: AttackedSite,
	id: string,
	is: (rollout: Operations['rollout.show']['output']) => boolean,
	looks = 100,
): Promise<Operations['rollout.show']['output']> => {
	for (let look = 1; ; look++) {
		const shown = await site.ask('rollout.show', { id });
		if (is(shown) || look === looks) return shown;
		await sleep(200);
	}
};

/** Why the posture does not count this requirement of `probe-1`; null: it counts. */
export const weaknessOf = async (site: AttackedSite, requirement: string, below = 2): Promise<string | null> => {
	const postures = await site.ask('posture', { application: 'hall' });
	const weakest = postures.flatMap(({ objectives }) => objectives.flatMap((one) => one.weakest));
	return (
		weakest.find((one) => one.requirement === requirement && one.component.id === 'probe-1' && one.held < below)
			?.reason ?? null
	);
};
