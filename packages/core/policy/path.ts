import type { RequirementId } from '../requirement/requirement.ts';
import { type LinkWeakness, weaknessOf, worstFirst } from './chain.ts';
import { type ComponentKind, componentKinds } from './fact.ts';
import { instrumentWeaknesses, type KnownInstrument } from './instrument-link.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import type { Policy } from './policy.ts';
import { type PathLinkName, pathLinks, type PathName, pathNames, placeOn } from './path-place.ts';
import type { Alike, RollUp } from './roll-up.ts';
import { demandsOf, shownByConnection } from './component-appraisal.ts';

/** How an application stands on one path. */
export interface Path {
	readonly path: PathName;
	/** The link that falls shortest of what is required, or, when none does, the one that achieves least. */
	readonly weakest: PathLinkName;
	readonly links: readonly PathLink[];
}

export interface PathLink {
	readonly link: PathLinkName;
	/** How many components of the application it is made of; 0: there is nothing yet that could be weak. */
	readonly components: number;
	readonly objectives: readonly { readonly objective: Objective; readonly required: Level; readonly achieved: Level }[];
	/** What keeps it from level 4, requirement by requirement; the worst first. */
	readonly weaknesses: readonly LinkWeakness[];
}

/** Every path of an application. */
export interface Paths {
	readonly application: string;
	readonly mode: 'enforce' | 'audit';
	readonly paths: readonly Path[];
}

/** What a link of a path is made of. */
const sizeOf = (path: PathName, link: PathLinkName, { counts }: RollUp, instruments: number): number => {
	const [devices, readers] = [counts('device').all, counts('reader').all];
	const withReaders = path === 'data' || path === 'commissioning' ? readers : 0;
	switch (link) {
		case 'instrument':
			return instruments;
		case 'device':
			return devices;
		case 'keys':
		case 'link':
			return devices + withReaders;
		case 'reader':
			return readers;
		case 'people':
		case 'release':
		case 'service':
			return 1;
	}
};

const answers = ({ policy, counts }: RollUp, kind: ComponentKind) => {
	const { all, seen } = counts(kind);
	if (all === 0) return [];
	return demandsOf(policy, kind, '').filter(({ entry }) => seen > 0 || !shownByConnection.has(entry.id));
};

/** The objectives that a wire answers to. */
const ofWires: readonly Objective[] = ['authenticity', 'integrity', 'confidentiality'];

/** Instruments are nothing that posture counts: what they and their wires hold, nobody shows but the device behind which they stand. */
const instrumentLink = (instruments: readonly KnownInstrument[], policy: Policy): PathLink => {
	const weaknesses = instrumentWeaknesses(instruments, policy);
	return {
		...{ link: 'instrument', components: instruments.length, weaknesses },
		objectives: (instruments.length === 0 ? [] : ofWires).map((objective) => ({
			...{ objective, required: policy.level[objective] },
			achieved: weaknesses
				.filter((one) => one.objective === objective)
				.reduce<Level>((lowest, { achieved }) => (achieved < lowest ? achieved : lowest), 4),
		})),
	};
};

const pathOf = (path: PathName, rollUp: RollUp, instruments: readonly KnownInstrument[]): Path => {
	const { policy, groups } = rollUp;
	const placed = (requirement: RequirementId, kind: ComponentKind) => placeOn(path, requirement, kind);
	const weak = Map.groupBy(groups.values(), ({ entry, kind }) => placed(entry.id, kind));
	const answered = new Set(
		componentKinds.flatMap((kind) =>
			answers(rollUp, kind).map(({ entry }) => `${placed(entry.id, kind)}/${entry.objective}`),
		),
	);
	const links = pathLinks[path].map((link): PathLink => {
		if (link === 'instrument') return instrumentLink(instruments, policy);
		const found: readonly Alike[] = weak.get(link) ?? [];
		return {
			...{ link, components: sizeOf(path, link, rollUp, instruments.length) },
			objectives: objectives
				.filter((objective) => answered.has(`${link}/${objective}`))
				.map((objective) => ({
					...{ objective, required: policy.level[objective] },
					achieved: found
						.filter(({ entry }) => entry.objective === objective)
						.reduce<Level>((lowest, { held }) => (held < lowest ? held : lowest), 4),
				})),
			weaknesses: found.flatMap((one) => weaknessOf(one, policy)).toSorted(worstFirst),
		};
	});
	// A link of nothing has nothing to blame.
	const [weakest] = links
		.filter(({ components }) => components > 0)
		.map(({ link, weaknesses }) => ({ link, worst: weaknesses[0] }))
		.toSorted((a, b) => (a.worst && b.worst ? worstFirst(a.worst, b.worst) : Number(!a.worst) - Number(!b.worst)));
	return { path, weakest: weakest?.link ?? 'service', links };
};

/** The same judgement as `postureOf`, by the places that data, commands, keys and updates pass instead of by objective. */
export const pathsOf = (
	rollUp: RollUp,
	instruments: readonly KnownInstrument[],
	only: readonly PathName[] = pathNames,
): Paths => {
	const { application, mode } = rollUp.policy;
	return { application, mode, paths: only.map((path) => pathOf(path, rollUp, instruments)) };
};
