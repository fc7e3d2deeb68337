import type { RequirementId } from '../requirement/requirement.ts';
import type { Instant } from '../units/instant.ts';
import type { Component, ComponentKind, Fact } from './fact.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import type { Policy } from './policy.ts';
import { remedyOf } from './remedy.ts';
import { type AppraisedComponent, type Standing, standingsOf } from './posture.ts';

/** The links of a chain, in the order in which a reading passes them. */
export const chainLinks = ['sensor', 'device', 'link', 'service', 'reader'] as const;

export type ChainLinkName = (typeof chainLinks)[number];

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
	readonly evidence: Pick<Fact, 'strength' | 'source' | 'at' | 'until'> | null;
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

const weaknessOf = (alike: readonly Standing[], policy: Policy): LinkWeakness[] => {
	const [first] = alike;
	if (first === undefined) return [];
	const { requirement, entry, held, reason, barred } = first;
	const newest = first.facts.toSorted((a, b) => b.at - a.at)[0];
	return [
		{
			...{ requirement, objective: entry.objective, statement: entry.statement },
			clause: entry.clause === 'ours' ? [] : entry.clause,
			...{ required: policy.level[entry.objective], achieved: held, reason, barred, count: alike.length },
			remedy: barred ? null : remedyOf(requirement, first.component),
			components: alike.slice(0, NAMED).map(({ component }) => component),
			evidence: newest === undefined ? null : evidenceOf(newest),
		},
	];
};

const evidenceOf = ({ strength, source, at, until }: Fact): LinkWeakness['evidence'] => ({
	...{ strength, source, at },
	...(until !== undefined && { until }),
});

const shortfall = ({ required, achieved }: { required: Level; achieved: Level }): number => required - achieved;

/** Short of what is required first, then what a site can mend, then the lowest. */
const worstFirst = (a: LinkWeakness, b: LinkWeakness): number =>
	Math.max(0, shortfall(b)) - Math.max(0, shortfall(a)) ||
	Number(a.barred) - Number(b.barred) ||
	a.achieved - b.achieved ||
	b.count - a.count;

const linkFrom = (
	link: ChainLinkName,
	standings: readonly Standing[],
	policy: Policy,
	components: number,
): ChainLink => {
	const weak = standings.filter(({ held }) => held < 4);
	const alike = Map.groupBy(weak, ({ requirement, held, reason }) => `${requirement}/${held}/${reason}`);
	return {
		link,
		components,
		objectives: objectives.flatMap((objective) => {
			const own = standings.filter(({ entry }) => entry.objective === objective);
			if (own.length === 0) return [];
			const achieved = own.reduce<Level>((lowest, { held }) => (held < lowest ? held : lowest), 4);
			return [{ objective, required: policy.level[objective], achieved }];
		}),
		weaknesses: [...alike.values()].flatMap((group) => weaknessOf(group, policy)).toSorted(worstFirst),
	};
};

/** The same judgement as `appraisePosture`, by the place in the chain instead of by objective. */
export const appraiseChain = (
	policy: Policy,
	components: readonly AppraisedComponent[],
	facts: readonly Fact[],
	now: Instant,
): Chain => {
	const { application, mode } = policy;
	const { standings } = standingsOf(policy, components, facts, now);
	const byLink = Map.groupBy(standings, ({ requirement, component }) => linkOf(requirement, component.kind));
	const own = components.filter((one) => one.application === application);
	const devices = own.filter(({ kind }) => kind === 'device').length;
	const readers = own.filter(({ kind }) => kind === 'reader').length;
	const sizes = { sensor: devices, device: devices, link: devices + readers, service: 1, reader: readers };
	const links = chainLinks.map((link) => linkFrom(link, byLink.get(link) ?? [], policy, sizes[link]));
	// A link of nothing has nothing to blame.
	const [weakest] = links
		.filter((one) => one.components > 0)
		.map(({ link, weaknesses }) => ({ link, worst: weaknesses[0] }))
		.toSorted((a, b) => (a.worst && b.worst ? worstFirst(a.worst, b.worst) : Number(!a.worst) - Number(!b.worst)));
	return { application, mode, weakest: weakest?.link ?? 'service', links };
};
