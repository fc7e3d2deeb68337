import { type Instant, Problem } from '@keyward/core';
import { didYouMean, type Policy } from '@keyward/core/policy';
import { judgeSigners } from '@keyward/core/update';
import { type ReleasesInForce, releaseSigners, type Repository } from '@keyward/owner';

/**
 * Judges an application's releases that are about to be in force by its policy. Throws `release-refused`, `release-signers`,
 * `bill-of-materials`, so that who publishes hears it and not the devices.
 */
export const requireFittingReleases = (
	next: Repository,
	{
		application,
		before,
		policy,
		now,
	}: {
		readonly application: string;
		readonly before: ReleasesInForce | null;
		readonly policy: Policy;
		readonly now: Instant;
	},
): void => {
	const inForce = next.releases.get(application);
	if (inForce === undefined) return;
	const refuse = (why: string): never => {
		throw new Problem('release-refused', `The releases of ${application} are refused: ${why}.`);
	};
	if (!(inForce.expires > now)) refuse('their signature has expired; sign them again');
	const known = new Set(before?.releases.map(({ image }) => image.path));
	const added = inForce.releases.filter(({ image }) => !known.has(image.path));
	for (const { release } of added)
		if (!policy.devices.has(release.class))
			refuse(
				`the policy has no device class ${JSON.stringify(release.class)}${didYouMean(release.class, policy.devices.keys())}`,
			);
	if (policy.mode !== 'enforce') return;
	const asked = policy.parameters['firmware-signed'];
	const few = judgeSigners(releaseSigners(next, application), typeof asked === 'number' ? asked : 0);
	if (few !== null) throw new Problem(few.code, few.reason);
	// catalogue: bill-of-materials (IEC 62443-4-2 CR 7.8). Nobody could say afterwards whether an advisory names what devices run.
	const bare = policy.parameters['bill-of-materials'] === true ? added.find(({ bom }) => bom === null) : undefined;
	if (bare !== undefined)
		throw new Problem(
			'bill-of-materials',
			`Release ${bare.release.release} of ${bare.release.class} has no bill of materials, and the policy asks for one: make it with keyward release init --bom FILE.`,
		);
};
