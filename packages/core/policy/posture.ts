import type { Instant } from '../units/instant.ts';
import { principalKey } from '../device/principal-name.ts';
import type { IncidentCause } from '../incident/detector.ts';
import { minutes } from '../units/milliseconds.ts';
import { unachievable } from './achievable.ts';
import type { Ask, CatalogueEntry } from './catalogue/entry.ts';
import { catalogue } from './catalogue/index.ts';
import type { Component, Fact } from './fact.ts';
import { type Level, levels } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import type { ParameterValue } from './parameter-value.ts';
import { sleeperLifetime } from './parameters.ts';
import type { Policy } from './policy.ts';
import type { RequirementId } from '../requirement/requirement.ts';
import type { Scale } from './scale.ts';
import { closeSpan, roughSpan } from './span.ts';
import { isAtLeast } from '../requirement/strength.ts';

/** How one application stands: the answer of `appraisePosture`. */
export interface Posture {
	readonly application: string;
	readonly mode: 'enforce' | 'audit';
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
	/**
	 * All that is held below the required level, or, when nothing is, what defines `held`; what a site can mend first, and of
	 * those the lowest. Empty when `held` is 4.
	 */
	readonly weakest: readonly Weakness[];
}

/** One requirement at one component, the level that it holds there, and why not the next. */
export interface Weakness {
	readonly requirement: RequirementId;
	readonly component: Component;
	readonly held: Level;
	readonly reason: string;
	/** True where no site can hold the next level with this version of Keyward: nothing of the component is to blame. */
	readonly barred: boolean;
}

/** A component as it is registered; a device with its class in the policy. */
export interface AppraisedComponent extends Component {
	readonly class?: string | null;
	/** True when its key is in an emulated part. */
	readonly emulated?: boolean;
	/** What its open incidents were opened for. */
	readonly suspected?: readonly IncidentCause[];
	/** True when its newest certificate is another CA's. */
	readonly otherCa?: boolean;
}

/** The service itself, which every path passes. */
export const serviceComponent: Component = Object.freeze({ kind: 'service', application: '', id: 'service' });

/** The path that updates take to an application's devices. */
export const updateComponent = (application: string): Component => ({ kind: 'update', application, id: 'update' });

/** Two clocks of one site may differ by this much. */
const SKEW = minutes(1);

const date = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/** Why a fact counts as none for what is asked; null when it counts. */
const discounted = (fact: Fact, ask: Ask, now: Instant): string | null => {
	if (fact.until !== undefined && now >= fact.until) {
		const what = fact.claim === 'certificate-lifetime' ? 'certificate' : 'evidence';
		return `${what} of ${fact.subject.id} ended ${date(fact.until)}`;
	}
	if (fact.at > now + SKEW) return `evidence is dated ${date(fact.at)}, in the future`;
	if (ask.age !== null && now - fact.at > ask.age) {
		return `evidence is ${roughSpan(now - fact.at)} old, at most ${roughSpan(ask.age)}`;
	}
	return isAtLeast(fact.strength, ask.strength) ? null : `evidence is only ${fact.strength}, asked ${ask.strength}`;
};

/** Whether the evidence is of now, whatever its strength. */
const isDated = (fact: Fact, ask: Ask, now: Instant): boolean =>
	discounted({ ...fact, strength: 'attested' }, ask, now) === null;

/** A measured value in words. What a policy writes has one unit; what was measured seldom fits one. */
const measured = (scale: Scale, value: ParameterValue): string =>
	scale.kind === 'at-most' && typeof value === 'number' && value > 0 ? closeSpan(value) : scale.print(value);

/** Why one level of a requirement is not held on these facts; null when it is. */
const failure = (
	entry: CatalogueEntry,
	ask: Ask,
	facts: readonly Fact[],
	now: Instant,
): Pick<Weakness, 'reason' | 'barred'> | null => {
	const { scale, provenTo } = entry;
	const limit = scale.kind === 'at-most' ? 'at most ' : scale.kind === 'at-least' ? 'at least ' : '';
	const barred = unachievable(entry, ask);
	const wanted = scale.kind === 'asked' ? '' : `, asked ${limit}${scale.print(ask.value)}`;
	if (barred !== null) {
		// Weak evidence that speaks against it is shown before the want of a better one.
		const against =
			provenTo && facts.find((fact) => !scale.satisfies(fact.value, ask.value) && isDated(fact, ask, now));
		if (!against) return { reason: barred, barred: true };
		return { reason: `${against.strength} ${measured(scale, against.value)}${wanted}`, barred: false };
	}
	const counting = facts.filter((fact) => discounted(fact, ask, now) === null);
	// All that counts must be good: an older or another's good word never hides a bad observation.
	const bad = counting.find((fact) => !scale.satisfies(fact.value, ask.value));
	if (bad !== undefined) return { reason: `${bad.strength} ${measured(scale, bad.value)}${wanted}`, barred: false };
	if (counting.length > 0) return null;
	const [newest] = facts.toSorted((a, b) => b.at - a.at);
	return { reason: (newest && discounted(newest, ask, now)) ?? 'no evidence', barred: false };
};

/** What a level asks of this component under this policy: from the required level on, the policy's own stricter value. */
const askOf = (entry: CatalogueEntry, level: Level, policy: Policy, component: AppraisedComponent): Ask | null => {
	const own = policy.parameters[entry.id];
	const tightened = own !== null && level >= policy.level[entry.objective];
	const first = entry.asks[level] ?? (tightened ? (entry.asks.find((ask) => ask !== null) ?? null) : null);
	if (first === null) return null;
	const value = tightened && entry.scale.compare(own, first.value) > 0 ? own : first.value;
	if (entry.id !== 'certificate-lifetime' || typeof value !== 'number') return { ...first, value };
	return { ...first, value: sleeperLifetime(value, policy.devices.get(component.class ?? '')?.sleeps) };
};

/** The highest level up to which every level is held, and why the next is not. */
const holds = (
	entry: CatalogueEntry,
	policy: Policy,
	component: AppraisedComponent,
	facts: readonly Fact[],
	now: Instant,
): Pick<Weakness, 'held' | 'reason' | 'barred'> => {
	let held: Level = 0;
	for (const level of levels.slice(1)) {
		const ask = askOf(entry, level, policy, component);
		const failed = ask && failure(entry, ask, facts, now);
		if (failed !== null) return { held, ...failed };
		held = level;
	}
	return { held, reason: '', barred: false };
};

const key = (component: Component, claim: RequirementId): string => `${principalKey(component)}/${claim}`;

/** What only a connection shows of a device or reader. */
const shownByConnection: ReadonlySet<RequirementId> = new Set(['link-integrity', 'link-encryption']);

/** One requirement at one component: the level that it holds there, why not the next, and what is known of it. */
export interface Standing extends Weakness {
	readonly entry: CatalogueEntry;
	readonly facts: readonly Fact[];
}

const isUnseen = (component: AppraisedComponent, known: ReadonlyMap<string, readonly Fact[]>): boolean =>
	(component.kind === 'device' || component.kind === 'reader') &&
	[...shownByConnection].every((claim) => !known.has(key(component, claim)));

/**
 * Every requirement at every component that can hold it or fail it. `components` are the application's devices and readers; the
 * service and the update path belong to every application. Facts of others and other claims are passed over.
 */
export const standingsOf = (
	policy: Policy,
	components: readonly AppraisedComponent[],
	facts: readonly Fact[],
	now: Instant,
): { readonly standings: readonly Standing[]; readonly unseen: readonly Component[] } => {
	const { application } = policy;
	const own = components.filter((component) => component.application === application && component.kind !== 'update');
	const all: readonly AppraisedComponent[] = [...own, serviceComponent, updateComponent(application)];
	const known = Map.groupBy(facts, ({ subject, claim }) => key(subject, claim));
	const unseen = new Set<AppraisedComponent>(own.filter((component) => isUnseen(component, known)));
	return {
		unseen: [...unseen].map(({ kind, id }) => ({ kind, application, id })),
		standings: catalogue.flatMap((entry) =>
			all
				.filter((component) => entry.applies.includes(component.kind))
				.filter((component) => !(unseen.has(component) && shownByConnection.has(entry.id)))
				.map((component) => {
					const ofIt = known.get(key(component, entry.id)) ?? [];
					return {
						...{ entry, facts: ofIt, requirement: entry.id },
						component: { kind: component.kind, application: component.application, id: component.id },
						...holds(entry, policy, component, ofIt, now),
					};
				}),
		),
	};
};

/** How the application stands on these facts at this moment: `standingsOf`, objective by objective. */
export const appraisePosture = (
	policy: Policy,
	components: readonly AppraisedComponent[],
	facts: readonly Fact[],
	now: Instant,
): Posture => {
	const { application, mode } = policy;
	const own = components.filter((component) => component.application === application && component.kind !== 'update');
	const { standings, unseen } = standingsOf(policy, components, facts, now);
	return {
		application,
		mode,
		emulated: own.filter(({ emulated }) => emulated).map(({ kind, id }) => ({ kind, application, id })),
		suspected: own.flatMap(({ kind, id, suspected = [] }) =>
			suspected.length === 0 ? [] : [{ kind, application, id, causes: suspected }],
		),
		otherCa: own.filter(({ otherCa }) => otherCa).map(({ kind, id }) => ({ kind, application, id })),
		unseen,
		objectives: objectives.map((objective) => {
			const required = policy.level[objective];
			const found = standings
				.filter((one) => one.entry.objective === objective && one.held < 4)
				.map(({ requirement, component, held, reason, barred }) => ({ requirement, component, held, reason, barred }))
				.toSorted((a, b) => Number(a.barred) - Number(b.barred) || a.held - b.held);
			const held = found.reduce<Level>((lowest, weakness) => (weakness.held < lowest ? weakness.held : lowest), 4);
			const below = found.filter((weakness) => weakness.held < required);
			return {
				objective,
				required,
				held,
				weakest: below.length > 0 ? below : found.filter((weakness) => weakness.held === held),
			};
		}),
	};
};
