import type { Operations } from '@keyward/contract';
import type { ExposedVulnerability } from '../update/device-exposure.ts';
import type { Answer, ApiDependencies } from './answer.ts';

type Shown = Operations['advisory.list']['output']['vulnerabilities'][number];

const shown = (
	application: string,
	{ exposure, class: className, devices, deadline }: ExposedVulnerability,
	{ updates }: Pick<ApiDependencies, 'updates'>,
): Shown => ({
	...exposure,
	...{ application, class: className, deadline },
	devices: devices.map(({ device, version }) => ({ device, version: version ?? '' })),
	mending: updates.bills.mending(application, className, exposure.vulnerability),
});

/** Of one application, or of all. */
export const shownVulnerabilities = async (
	dependencies: Pick<ApiDependencies, 'updates' | 'policies' | 'store'>,
	application?: string,
): Promise<Shown[]> => {
	const { policies, store, updates } = dependencies;
	const asked = application === undefined ? policies.epochs().map((epoch) => epoch.application) : [application];
	const found = await Promise.all(
		asked.map(async (name) => {
			const all = updates.vulnerabilities(policies.mustHave(name), await store.principals(name));
			return all.map((one) => shown(name, one, dependencies));
		}),
	);
	return found.flat();
};

export const advisoryList =
	(dependencies: ApiDependencies): Answer<'advisory.list'> =>
	async ({ application }) => {
		const { policies, store, updates } = dependencies;
		const asked = application === undefined ? policies.epochs().map((epoch) => epoch.application) : [application];
		const untold = await Promise.all(
			asked.map(async (name) =>
				updates
					.standings(name, await store.principals(name))
					.filter(({ exposures }) => exposures === null)
					.map(({ device, version }) => ({
						...{ application: name, device },
						reason: version === null ? ('no-version' as const) : ('no-bill' as const),
					})),
			),
		);
		return {
			documents: updates.documents.known().length,
			vulnerabilities: await shownVulnerabilities(dependencies, application),
			untold: untold.flat(),
			refused: Array.from(updates.folder?.refused() ?? []),
		};
	};
