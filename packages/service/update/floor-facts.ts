import type { Fact } from '@keyward/core/policy';
import type { Principal, UpdateReport } from '@keyward/core/port';

/**
 * catalogue: rollback-refused. A device that asks for its update says its security floor, and so has an updater that keeps one: no more
 * than claimed. That it refuses what is below is seen in a trial (rollback-trials.ts). A counter in its TPM is not told apart.
 */
export const floorFacts = (
	application: string,
	principals: readonly Principal[],
	said: (application: string, device: string) => UpdateReport | null,
): Fact[] =>
	principals.flatMap(({ kind, id }): Fact[] => {
		const report = kind === 'device' ? said(application, id) : null;
		if (report === null) return [];
		return [
			{
				subject: { kind: 'device', application, id },
				...{ claim: 'rollback-refused', value: 'stored-floor', strength: 'claimed', source: 'device', at: report.at },
			},
		];
	});
