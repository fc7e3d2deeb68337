import type { Instant } from '@keyward/core';
import { isExposed } from '@keyward/core/update';
import type { ExposedVulnerability } from '../../update/device-exposure.ts';
import type { Condition } from './alerts.ts';

const MOST_NAMES = 5;

const day = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/** Devices that run what an advisory names, one alert for each vulnerability of an application. */
export const exposedConditions = (
	application: string,
	all: readonly ExposedVulnerability[],
	now: Instant,
): Condition[] => {
	const groups = Map.groupBy(
		all.filter(({ exposure }) => isExposed(exposure)),
		({ exposure }) => exposure.vulnerability,
	);
	return Array.from(groups, ([vulnerability, found]): Condition => {
		const devices = [...new Set(found.flatMap((one) => one.devices.map(({ device }) => device)))];
		const more = devices.length > MOST_NAMES ? ` and ${devices.length - MOST_NAMES} more` : '';
		const components = [...new Set(found.map(({ exposure }) => exposure.component))].slice(0, MOST_NAMES).join(', ');
		const ends = found.flatMap(({ deadline }) => (deadline === null ? [] : [deadline]));
		const end = ends.length === 0 ? null : Math.min(...ends);
		const time =
			end === null ? '' : end < now ? ` The policy's time ended on ${day(end)}.` : ` Mend it by ${day(end)}.`;
		return {
			kind: 'device-exposed',
			subject: `${application} ${vulnerability}`,
			text: `${devices.slice(0, MOST_NAMES).join(', ')}${more} of ${application} may be exposed to ${vulnerability} by ${components}.${time} keyward advisory show ${vulnerability} says which version mends it.`,
		};
	});
};
