import { minutes } from '@keyward/core';
import type { Posture } from '@keyward/core/policy';

/** Name, help, label names, and what it shows of one application. */
export interface PostureGauge {
	readonly name: string;
	readonly help: string;
	readonly labels: readonly string[];
	readonly of: (posture: Posture) => readonly (readonly [labels: readonly string[], value: number])[];
}

/** What a scrape shows of posture: counts by requirement and no device's name, so that a fleet's size adds no series. */
export const postureGauges: readonly PostureGauge[] = [
	{
		name: 'posture_required_level',
		help: 'Level of an objective that the policy requires.',
		labels: ['application', 'objective'],
		of: ({ application, objectives }) =>
			objectives.map(({ objective, required }) => [[application, objective], required]),
	},
	{
		name: 'posture_held_level',
		help: 'Level of an objective that is held: that of its weakest link.',
		labels: ['application', 'objective'],
		of: ({ application, objectives }) => objectives.map(({ objective, held }) => [[application, objective], held]),
	},
	{
		name: 'posture_weak_components',
		help: 'Components that hold an objective down, by requirement; barred=yes where this version has no remedy.',
		labels: ['application', 'objective', 'requirement', 'barred'],
		of: ({ application, objectives }) =>
			objectives.flatMap(({ objective, alike }) => {
				const counts = new Map<string, readonly [string[], number]>();
				for (const { requirement, barred, count: more } of alike) {
					const labels = [application, objective, requirement, barred ? 'yes' : 'no'];
					const [, count] = counts.get(labels.join('/')) ?? [labels, 0];
					counts.set(labels.join('/'), [labels, count + more]);
				}
				return [...counts.values()];
			}),
	},
	{
		name: 'posture_unseen_components',
		help: 'Devices and readers that never connected, and do not count yet.',
		labels: ['application'],
		of: ({ application, counts }) => [[[application], counts.unseen]],
	},
	{
		name: 'posture_emulated_devices',
		help: 'Devices whose part is emulated, which the site lets count.',
		labels: ['application'],
		of: ({ application, counts }) => [[[application], counts.emulated]],
	},
];

/** Appraising looks at every component, so scrapes share one for a minute. */
export const everyMinute = (
	appraise: () => Promise<readonly Posture[]>,
	now: () => number,
): (() => Promise<readonly Posture[]>) => {
	let last: { readonly at: number; readonly found: Promise<readonly Posture[]> } | null = null;
	return () => {
		const at = now();
		if (last === null || at - last.at >= minutes(1) || at < last.at) {
			const found = appraise();
			last = { at, found };
			found.catch(() => {
				if (last?.found === found) last = null;
			});
		}
		return last.found;
	};
};
