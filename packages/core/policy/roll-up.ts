import { principalKey } from '../device/principal-name.ts';
import type { Instant } from '../units/instant.ts';
import type { CatalogueEntry } from './catalogue/entry.ts';
import type { Component, ComponentKind, Fact } from './fact.ts';
import type { Level } from './level.ts';
import type { Policy } from './policy.ts';
import { createAgenda } from './agenda.ts';
import {
	type AppraisedComponent,
	type Demand,
	demandsOf,
	holds,
	newestOf,
	nextChange,
	shownByConnection,
} from './component-appraisal.ts';

/** The newest evidence of a requirement at a component. */
export type Evidence = Pick<Fact, 'strength' | 'source' | 'at' | 'until'>;

/** A component as it was appraised last. */
export interface Member {
	readonly component: AppraisedComponent;
	/** It never connected: what a connection shows of it is not asked yet. */
	readonly unseen: boolean;
	/** What it falls short of level 4 in. */
	readonly weak: readonly Alike[];
}

export interface WeakMember {
	readonly component: AppraisedComponent;
	/** The newest that there is of this requirement. */
	readonly evidence: Evidence | null;
}

/** One requirement that is weak alike at components of one kind. */
export interface Alike {
	readonly entry: CatalogueEntry;
	readonly kind: ComponentKind;
	readonly held: Level;
	readonly reason: string;
	readonly barred: boolean;
	/** In the order in which they became weak like this. */
	readonly members: ReadonlyMap<string, WeakMember>;
}

/**
 * An application's components, each with its last appraisal, and their weaknesses rolled up as groups of those that are weak alike: a change
 * of one component costs that component, and an answer costs the groups, however many components there are.
 */
export interface RollUp {
	readonly policy: Policy;
	/**
	 * Appraises one component on all the facts about it; those of others and other claims are passed over. Its appraisal is due again
	 * when these facts come to be judged otherwise, and at `again`.
	 */
	put(component: AppraisedComponent, facts: readonly Fact[], now: Instant, again?: Instant): void;
	drop(component: Component): void;
	/** Components whose appraisal may have changed by then, each once: to be put again. */
	due(now: Instant): AppraisedComponent[];
	member(component: Component): Member | undefined;
	readonly members: ReadonlyMap<string, Member>;
	readonly groups: ReadonlyMap<string, Alike>;
	/** How many components there are of a kind, and how many of them connected. */
	counts(kind: ComponentKind): { readonly all: number; readonly seen: number };
}

interface OpenMember extends Member {
	readonly key: string;
	readonly weak: readonly OpenAlike[];
}

interface OpenAlike extends Alike {
	readonly key: string;
	readonly members: Map<string, WeakMember>;
}

const evidenceOf = ({ strength, source, at, until }: Fact): Evidence => ({
	...{ strength, source, at },
	...(until !== undefined && { until }),
});

const nobody = { all: 0, seen: 0 };

export const createRollUp = (policy: Policy): RollUp => {
	const members = new Map<string, OpenMember>();
	const groups = new Map<string, OpenAlike>();
	const counts = new Map<ComponentKind, { all: number; seen: number }>();
	const agenda = createAgenda<string>();
	const demands = new Map<string, readonly Demand[]>();
	const demandsFor = ({ kind, class: className }: AppraisedComponent): readonly Demand[] => {
		const key = `${kind}/${className ?? ''}`;
		const known = demands.get(key) ?? demandsOf(policy, kind, className ?? '');
		demands.set(key, known);
		return known;
	};
	const count = (kind: ComponentKind, unseen: boolean, by: 1 | -1): void => {
		const { all, seen } = counts.get(kind) ?? nobody;
		counts.set(kind, { all: all + by, seen: seen + (unseen ? 0 : by) });
	};
	/** Takes it out of the groups that it is not in any more. */
	const leave = ({ key, weak }: OpenMember, unless: ReadonlySet<OpenAlike>): void => {
		for (const group of weak) {
			if (unless.has(group)) continue;
			group.members.delete(key);
			if (group.members.size === 0) groups.delete(group.key);
		}
	};
	const groupFor = (entry: CatalogueEntry, kind: ComponentKind, found: ReturnType<typeof holds>): OpenAlike => {
		const key = `${entry.id}/${kind}/${found.held}/${Number(found.barred)}/${found.reason}`;
		const group = groups.get(key) ?? { key, entry, kind, ...found, members: new Map<string, WeakMember>() };
		groups.set(key, group);
		return group;
	};
	return {
		policy,
		put: (component, facts, now, again) => {
			const { kind, application, id } = component;
			const key = principalKey(component);
			const isOfIt = ({ subject }: Fact): boolean =>
				subject.id === id && subject.kind === kind && subject.application === application;
			const known = Map.groupBy(facts.filter(isOfIt), ({ claim }) => claim);
			const unseen =
				(kind === 'device' || kind === 'reader') && [...shownByConnection].every((claim) => !known.has(claim));
			const weak = new Set<OpenAlike>();
			let next = again ?? Number.POSITIVE_INFINITY;
			for (const demand of demandsFor(component)) {
				const { entry } = demand;
				if (unseen && shownByConnection.has(entry.id)) continue;
				const own = known.get(entry.id) ?? [];
				next = Math.min(next, nextChange(demand, own, now) ?? next);
				const found = holds(demand, own, now);
				if (found.held === 4) continue;
				const group = groupFor(entry, kind, found);
				const newest = newestOf(own);
				group.members.set(key, { component, evidence: newest === undefined ? null : evidenceOf(newest) });
				weak.add(group);
			}
			const before = members.get(key);
			if (before !== undefined) {
				leave(before, weak);
				count(kind, before.unseen, -1);
			}
			members.set(key, { key, component, unseen, weak: [...weak] });
			count(kind, unseen, 1);
			agenda.drop(key);
			if (next < Number.POSITIVE_INFINITY) agenda.put(key, next);
		},
		drop: (component) => {
			const member = members.get(principalKey(component));
			if (member === undefined) return;
			leave(member, new Set());
			members.delete(member.key);
			agenda.drop(member.key);
			count(member.component.kind, member.unseen, -1);
		},
		due: (now) =>
			agenda.take(now).flatMap((key) => {
				const member = members.get(key);
				return member === undefined ? [] : [member.component];
			}),
		member: (component) => members.get(principalKey(component)),
		members,
		groups,
		counts: (kind) => counts.get(kind) ?? nobody,
	};
};
