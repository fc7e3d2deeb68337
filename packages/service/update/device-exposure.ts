import type { Instant, Milliseconds } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import type { Policy } from '@keyward/core/policy';
import type { Principal } from '@keyward/core/port';
import { type Exposure, isExposed } from '@keyward/core/update';
import type { Bills } from './bills.ts';
import type { Software } from './software.ts';

/** What is known of one device's software. */
export interface DeviceStanding {
	readonly device: string;
	readonly class: string;
	/** Null: it does not say. */
	readonly version: string | null;
	/** All that concerns its version, exposed first; null: its version is not known, or has no bill. */
	readonly exposures: readonly Exposure[] | null;
}

/** How the devices of an application stand to what is known. Those that are not commissioned, or are retired, do not count. */
export const standingOf = (
	principals: readonly Principal[],
	application: string,
	software: Pick<Software, 'of'>,
	bills: Pick<Bills, 'exposures'>,
): DeviceStanding[] => {
	const said = software.of(application);
	return principals
		.filter((one) => one.kind === 'device' && one.application === application && mayUseCertificate(one.state))
		.map(({ id, class: className }) => {
			const version = said.get(id)?.version ?? null;
			const exposures = version === null ? null : bills.exposures(application, className ?? '', version);
			return { device: id, class: className ?? '', version, exposures };
		});
};

/** One vulnerability in one application. */
export interface ExposedVulnerability {
	readonly exposure: Exposure;
	readonly class: string;
	readonly devices: readonly DeviceStanding[];
	/** When the policy's time for it is over (patch-deadline); null where it asks for none. */
	readonly deadline: Instant | null;
}

/** What the policy gives to mend a device; null: it does not say. */
const patchDeadline = ({ parameters }: Pick<Policy, 'parameters'>): Milliseconds | null => {
	const asked = parameters['patch-deadline'];
	return typeof asked === 'number' ? asked : null;
};

/** By vulnerability, component and class; those that expose somebody first, and of those the longest known. */
export const byVulnerability = (standings: readonly DeviceStanding[], policy: Policy): ExposedVulnerability[] => {
	const limit = patchDeadline(policy);
	const pairs = standings.flatMap((standing) => (standing.exposures ?? []).map((exposure) => ({ standing, exposure })));
	const groups = Map.groupBy(pairs, ({ standing, exposure }) =>
		JSON.stringify([exposure.vulnerability, exposure.component, exposure.status, standing.class]),
	);
	return [...groups.values()]
		.flatMap((group): ExposedVulnerability[] => {
			const [first] = group;
			if (first === undefined) return [];
			const { exposure, standing } = first;
			const deadline = limit === null || !isExposed(exposure) ? null : exposure.since + limit;
			return [{ exposure, class: standing.class, devices: group.map((one) => one.standing), deadline }];
		})
		.toSorted(
			(a, b) => Number(isExposed(b.exposure)) - Number(isExposed(a.exposure)) || a.exposure.since - b.exposure.since,
		);
};
