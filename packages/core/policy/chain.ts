import type { RequirementId } from '../requirement/requirement.ts';
import { type ChainLinkName, chainLinks } from './chain-place.ts';
import { type Component, type ComponentKind, componentKinds } from './fact.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import type { Policy } from './policy.ts';
import { remedyOf } from './remedy.ts';
import { rollUpOf } from './posture.ts';
import type { Alike, Evidence, RollUp } from './roll-up.ts';
import { demandsOf, shownByConnection } from './component-appraisal.ts';

/** How an application stands from sensor to reader. */
export interface Chain {
	readonly application: string;
	readonly mode: 'enforce' | 'audit';
	/** The link that falls shortest of what is required, or, when none does, the one that achieves least. */
	readonly weakest: ChainLinkName;
	readonly links: readonly ChainLink[];
}

export interface ChainLink {
	readonly link: ChainLinkName;
	/** How many components of the application it is made of; 0: there is nothing yet that could be weak. */
	readonly components: number;
	readonly objectives: readonly { readonly objective: Objective; readonly required: Level; readonly achieved: Level }[];
	/** What keeps it from level 4, requirement by requirement; the worst first. */
	readonly weaknesses: readonly LinkWeakness[];
}

/** One requirement that is weak alike at several components. */
export interface LinkWeakness {
	readonly requirement: RequirementId;
	readonly objective: Objective;
	readonly statement: string;
	/** Empty where the requirement is ours alone. */
	readonly clause: readonly string[];
	readonly required: Level;
	readonly achieved: Level;
	readonly reason: string;
	/** No site can achieve the next level with this version. */
	readonly barred: boolean;
	/** What a site does about it, for the first of them; null where it can do nothing. */
	readonly remedy: string | null;
	/** How many components are weak alike, and the first of them. */
	readonly count: number;
	readonly components: readonly Component[];
	/** The newest evidence there is of the first. */
	readonly evidence: Evidence | null;
}

/** What the measurement itself is worth, and what the hand of a thief is stopped by. */
const ofSensor: ReadonlySet<RequirementId> = new Set([
	'reading-signature',
	'tamper-noticed',
	'debug-port-closed',
	'side-channel-evidence',
]);

/** What is true between two machines, at either end. */
const ofLink: ReadonlySet<RequirementId> = new Set([
	'device-authentication',
	'service-authentication',
	'link-integrity',
	'link-encryption',
	'replay-refused',
	'sealed-readings',
	'epoch-length',
	'live-revocation',
]);

const byKind: Readonly<Record<ComponentKind, ChainLinkName>> = {
	device: 'device',
	reader: 'reader',
	service: 'service',
	update: 'device',
};

export const linkOf = (requirement: RequirementId, kind: ComponentKind): ChainLinkName =>
	ofSensor.has(requirement) ? 'sensor' : ofLink.has(requirement) ? 'link' : byKind[kind];

const NAMED = 5;

export const weaknessOf = ({ entry, held, reason, barred, members }: Alike, policy: Policy): LinkWeakness[] => {
	const [first] = members.values();
	if (first === undefined) return [];
	return [
		{
			...{ requirement: entry.id, objective: entry.objective, statement: entry.statement },
			clause: entry.clause === 'ours' ? [] : entry.clause,
			...{ required: policy.level[entry.objective], achieved: held, reason, barred, count: members.size },
			remedy: barred ? null : remedyOf(entry.id, first.component),
			components: [...members.values()]
				.slice(0, NAMED)
				.map(({ component: { kind, application, id } }) => ({ kind, application, id })),
			evidence: first.evidence,
		},
	];
};

const shortfall = ({ required, achieved }: { required: Level; achieved: Level }): number => required - achieved;

/** Short of what is required first, then what a site can mend, then the lowest. */
export const worstFirst = (a: LinkWeakness, b: LinkWeakness): number =>
	Math.max(0, shortfall(b)) - Math.max(0, shortfall(a)) ||
	Number(a.barred) - Number(b.barred) ||
	a.achieved - b.achieved ||
	b.count - a.count;

/** The objectives that anything of a link answers to: what its components can hold or fail, as far as they are known. */
const objectivesOf = (link: ChainLinkName, { policy, counts }: RollUp): ReadonlySet<Objective> =>
	new Set(
		componentKinds.flatMap((kind) => {
			const { all, seen } = counts(kind);
			if (all === 0) return [];
			return demandsOf(policy, kind, '')
				.filter(({ entry }) => linkOf(entry.id, kind) === link && (seen > 0 || !shownByConnection.has(entry.id)))
				.map(({ entry }) => entry.objective);
		}),
	);

const linkFrom = (link: ChainLinkName, weak: readonly Alike[], rollUp: RollUp, components: number): ChainLink => {
	const { policy } = rollUp;
	const answered = objectivesOf(link, rollUp);
	return {
		link,
		components,
		objectives: objectives
			.filter((objective) => answered.has(objective))
			.map((objective) => ({
				objective,
				required: policy.level[objective],
				achieved: weak
					.filter(({ entry }) => entry.objective === objective)
					.reduce<Level>((lowest, { held }) => (held < lowest ? held : lowest), 4),
			})),
		weaknesses: weak.flatMap((one) => weaknessOf(one, policy)).toSorted(worstFirst),
	};
};

/** The same judgement as `postureOf`, by the place in the chain instead of by objective. */
export const chainOf = (rollUp: RollUp): Chain => {
	const { policy, groups, counts } = rollUp;
	const { application, mode } = policy;
	const byLink = Map.groupBy(groups.values(), ({ entry, kind }) => linkOf(entry.id, kind));
	const [devices, readers] = [counts('device').all, counts('reader').all];
	const sizes = { sensor: devices, device: devices, link: devices + readers, service: 1, reader: readers };
	const links = chainLinks.map((link) => linkFrom(link, byLink.get(link) ?? [], rollUp, sizes[link]));
	// A link of nothing has nothing to blame.
	const [weakest] = links
		.filter((one) => one.components > 0)
		.map(({ link, weaknesses }) => ({ link, worst: weaknesses[0] }))
		.toSorted((a, b) => (a.worst && b.worst ? worstFirst(a.worst, b.worst) : Number(!a.worst) - Number(!b.worst)));
	return { application, mode, weakest: weakest?.link ?? 'service', links };
};

/** How the application stands, link by link, worked out from nothing. */
export const appraiseChain = (...of: Parameters<typeof rollUpOf>): Chain => chainOf(rollUpOf(...of));
