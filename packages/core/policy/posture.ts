import type { IncidentCause } from '../incident/detector.ts';
import type { RequirementId } from '../requirement/requirement.ts';
import type { Instant } from '../units/instant.ts';
import { catalogue } from './catalogue/index.ts';
import type { Component, Fact } from './fact.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import type { Policy } from './policy.ts';
import { type Alike, createRollUp, type Member, type RollUp } from './roll-up.ts';
import { type AppraisedComponent, serviceComponent, updateComponent, type Weakness } from './component-appraisal.ts';

/** How one application stands. Lists are of the first so many; `counts` and `total` say how many there are. */
export interface Posture {
	readonly application: string;
	readonly mode: 'enforce' | 'audit';
	/** How many there are of what the lists below begin. */
	readonly counts: Readonly<Record<'components' | 'emulated' | 'otherCa' | 'unseen' | 'suspected', number>>;
	/** Devices whose part only behaves like hardware, which the site lets count: what they hold, a thief of files opens. */
	readonly emulated: readonly Component[];
	/** Devices that still have the certificate of another CA: how their keys were made, and who else has them, is not known here. */
	readonly otherCa: readonly Component[];
	/** Devices and readers that never connected: what a connection shows is not known of them, and counts for nothing yet. */
	readonly unseen: readonly Component[];
	/** Devices that a detector suspects, or a person, until somebody closes the incident (CR 6.2): what they show of themselves may be a thief's. */
	readonly suspected: readonly Suspected[];
	readonly objectives: readonly ObjectivePosture[];
}

/** A device with open incidents, and what these were opened for. */
export interface Suspected extends Component {
	readonly causes: readonly IncidentCause[];
}

export interface ObjectivePosture {
	readonly objective: Objective;
	readonly required: Level;
	/** The level of the weakest requirement at the weakest component. */
	readonly held: Level;
	/** How many weaknesses there are of which `weakest` shows the first. */
	readonly total: number;
	/** The same, counted: each requirement with what it is weak alike by. What a site can mend first, and of those the lowest. */
	readonly alike: readonly WeakAlike[];
	/**
	 * All that is held below the required level, or, when nothing is, what defines `held`; what a site can mend first, and of
	 * those the lowest. Empty when `held` is 4. Where there are more than were asked for, some of each that are alike.
	 */
	readonly weakest: readonly Weakness[];
}

/** How many components a requirement is weak at alike. */
export interface WeakAlike extends Omit<Weakness, 'component'> {
	readonly count: number;
}

const place = new Map<RequirementId, number>(catalogue.map(({ id }, index) => [id, index]));

/** What a site can mend, then the lowest, then in the order of the catalogue. */
const worstFirst = (a: Alike, b: Alike): number =>
	Number(a.barred) - Number(b.barred) ||
	a.held - b.held ||
	(place.get(a.entry.id) ?? 0) - (place.get(b.entry.id) ?? 0) ||
	(a.reason < b.reason ? -1 : 1);

/** Weaknesses of one objective that are shown of each alike, where not all are. */
const OF_EACH = 3;

const named = ({ component: { kind, application, id } }: Pick<Member, 'component'>): Component => ({
	kind,
	application,
	id,
});

const shownOf = (groups: readonly Alike[], total: number, most: number): Weakness[] => {
	const shown: Weakness[] = [];
	for (const { entry, held, reason, barred, members } of groups) {
		const ofThis = total <= most ? members.size : OF_EACH;
		let taken = 0;
		for (const member of members.values()) {
			if (taken >= ofThis || shown.length >= most) break;
			shown.push({ requirement: entry.id, component: named(member), held, reason, barred });
			taken++;
		}
	}
	return shown;
};

/** Of devices and readers together. */
const alikeOf = (groups: readonly Alike[]): WeakAlike[] => {
	const found = new Map<string, WeakAlike>();
	for (const { entry, held, reason, barred, members } of groups) {
		const key = `${entry.id}/${held}/${Number(barred)}/${reason}`;
		const count = (found.get(key)?.count ?? 0) + members.size;
		found.set(key, { requirement: entry.id, held, reason, barred, count });
	}
	return [...found.values()];
};

const objectivePosture = (
	objective: Objective,
	required: Level,
	found: readonly Alike[],
	most: number,
): ObjectivePosture => {
	const held = found.reduce<Level>((lowest, one) => (one.held < lowest ? one.held : lowest), 4);
	const below = found.filter((one) => one.held < required);
	const groups = (below.length > 0 ? below : found.filter((one) => one.held === held)).toSorted(worstFirst);
	const total = groups.reduce((sum, { members }) => sum + members.size, 0);
	return {
		...{ objective, required, held, total },
		alike: alikeOf(groups),
		weakest: shownOf(groups, total, most),
	};
};

/** How the application stands by what is rolled up; lists of at most so many. */
export const postureOf = ({ policy, members, groups }: RollUp, most = Number.POSITIVE_INFINITY): Posture => {
	const { application, mode } = policy;
	const [emulated, otherCa, unseen]: [Component[], Component[], Component[]] = [[], [], []];
	const suspected: Suspected[] = [];
	const counts = { components: 0, emulated: 0, otherCa: 0, unseen: 0, suspected: 0 };
	const note = (what: 'emulated' | 'otherCa' | 'unseen', into: Component[], member: Member): void => {
		if (++counts[what] <= most) into.push(named(member));
	};
	for (const member of members.values()) {
		const { component } = member;
		if (component.kind === 'service' || component.kind === 'update') continue;
		counts.components++;
		if (component.emulated === true) note('emulated', emulated, member);
		if (component.otherCa === true) note('otherCa', otherCa, member);
		if (member.unseen) note('unseen', unseen, member);
		const causes = component.suspected ?? [];
		if (causes.length > 0 && ++counts.suspected <= most) suspected.push({ ...named(member), causes });
	}
	const byObjective = Map.groupBy(groups.values(), ({ entry }) => entry.objective);
	return {
		...{ application, mode, counts, emulated, suspected, otherCa, unseen },
		objectives: objectives.map((one) => objectivePosture(one, policy.level[one], byObjective.get(one) ?? [], most)),
	};
};

/**
 * All of an application appraised on these facts at this moment. `components` are its devices and readers; the service and the update path
 * belong to every application. Components of other applications are passed over, and so are facts of others.
 */
export const rollUpOf = (
	policy: Policy,
	components: readonly AppraisedComponent[],
	facts: readonly Fact[],
	now: Instant,
): RollUp => {
	const { application } = policy;
	const own = components.filter((component) => component.application === application && component.kind !== 'update');
	const rollUp = createRollUp(policy);
	const of = Map.groupBy(facts, ({ subject: { kind, id, application: its } }) => `${its}/${kind}/${id}`);
	for (const one of [...own, serviceComponent, updateComponent(application)])
		rollUp.put(one, of.get(`${one.application}/${one.kind}/${one.id}`) ?? [], now);
	return rollUp;
};

/** How the application stands on these facts at this moment, worked out from nothing. */
export const appraisePosture = (...of: Parameters<typeof rollUpOf>): Posture => postureOf(rollUpOf(...of));
