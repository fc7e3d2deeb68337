import type { IncidentCause } from '../incident/detector.ts';
import type { RequirementId } from '../requirement/requirement.ts';
import { isAtLeast } from '../requirement/strength.ts';
import type { Instant } from '../units/instant.ts';
import { minutes } from '../units/milliseconds.ts';
import { unachievable } from './achievable.ts';
import type { Ask, CatalogueEntry } from './catalogue/entry.ts';
import { catalogue } from './catalogue/index.ts';
import type { Component, ComponentKind, Fact } from './fact.ts';
import { type Level, levels } from './level.ts';
import type { ParameterValue } from './parameter-value.ts';
import { sleeperLifetime } from './certificate-lifetime.ts';
import type { Policy } from './policy.ts';
import type { Scale } from './scale.ts';
import { closeSpan, roughSpan } from './span.ts';

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
	return fact.againstItself === true || isAtLeast(fact.strength, ask.strength)
		? null
		: `evidence is only ${fact.strength}, asked ${ask.strength}`;
};

/** Whether the evidence is of now, whatever its strength. */
const isDated = (fact: Fact, ask: Ask, now: Instant): boolean =>
	discounted({ ...fact, strength: 'attested' }, ask, now) === null;

/** A measured value in words. What a policy writes has one unit; what was measured seldom fits one. */
const measured = (scale: Scale, value: ParameterValue): string =>
	scale.kind === 'at-most' && typeof value === 'number' && value > 0 ? closeSpan(value) : scale.print(value);

/** What one level asks of a kind of component, worked out once for all of them. */
interface Step {
	readonly level: Level;
	readonly ask: Ask;
	/** Why no site holds it with this version; null: one can. */
	readonly barred: string | null;
	/** What is said behind a value that falls short. */
	readonly wanted: string;
}

/** What a policy asks of components of one kind and class. */
export interface Demand {
	readonly entry: CatalogueEntry;
	readonly steps: readonly Step[];
}

/** Why one level of a requirement is not held on these facts; null when it is. */
const failure = (
	{ scale, provenTo }: CatalogueEntry,
	{ ask, barred, wanted }: Step,
	facts: readonly Fact[],
	now: Instant,
): Pick<Weakness, 'reason' | 'barred'> | null => {
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
	const newest = newestOf(facts);
	return { reason: (newest && discounted(newest, ask, now)) ?? 'no evidence', barred: false };
};

/** The newest of them, and of those the first. */
export const newestOf = (facts: readonly Fact[]): Fact | undefined => facts.toSorted((a, b) => b.at - a.at)[0];

/** What a level asks of this class under this policy: from the required level on, the policy's own stricter value. */
const askOf = (entry: CatalogueEntry, level: Level, policy: Policy, className: string): Ask | null => {
	const own = policy.parameters[entry.id];
	const tightened = own !== null && level >= policy.level[entry.objective];
	const first = entry.asks[level] ?? (tightened ? (entry.asks.find((ask) => ask !== null) ?? null) : null);
	if (first === null) return null;
	const value = tightened && entry.scale.compare(own, first.value) > 0 ? own : first.value;
	if (entry.id !== 'certificate-lifetime' || typeof value !== 'number') return { ...first, value };
	return { ...first, value: sleeperLifetime(value, policy.devices.get(className)?.sleeps) };
};

/** What this policy asks of components of this kind, and of this class of devices (empty: of none). */
export const demandsOf = (policy: Policy, kind: ComponentKind, className: string): readonly Demand[] =>
	catalogue
		.filter(({ applies }) => applies.includes(kind))
		.map((entry) => {
			const { scale } = entry;
			const limit = scale.kind === 'at-most' ? 'at most ' : scale.kind === 'at-least' ? 'at least ' : '';
			return {
				entry,
				steps: levels.slice(1).flatMap((level): Step[] => {
					const ask = askOf(entry, level, policy, className);
					if (ask === null) return [];
					const wanted = scale.kind === 'asked' ? '' : `, asked ${limit}${scale.print(ask.value)}`;
					return [{ level, ask, barred: unachievable(entry, ask), wanted }];
				}),
			};
		});

/** The highest level up to which every level is held, and why the next is not. */
export const holds = (
	{ entry, steps }: Demand,
	facts: readonly Fact[],
	now: Instant,
): Pick<Weakness, 'held' | 'reason' | 'barred'> => {
	for (const step of steps) {
		const failed = failure(entry, step, facts, now);
		if (failed !== null) return { held: below(step.level), ...failed };
	}
	return { held: 4, reason: '', barred: false };
};

const below = (level: Level): Level => levels[levels.indexOf(level) - 1] ?? 0;

/** What only a connection shows of a device or reader. */
export const shownByConnection: ReadonlySet<RequirementId> = new Set(['link-integrity', 'link-encryption']);

/** The first moment after `now` at which the same facts can be judged otherwise under these demands; null: never. */
export const nextChange = (demand: Demand, facts: readonly Fact[], now: Instant): Instant | null => {
	let next: Instant | null = null;
	const at = (moment: Instant): void => {
		if (moment > now && (next === null || moment < next)) next = moment;
	};
	for (const fact of facts) {
		if (fact.until !== undefined) at(fact.until);
		at(fact.at - SKEW);
		for (const { ask } of demand.steps) if (ask.age !== null) at(fact.at + ask.age + 1);
	}
	return next;
};
