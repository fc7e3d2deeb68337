import type { RequirementId } from '../requirement/requirement.ts';
import { type Component, type ComponentKind, componentKinds } from './fact.ts';
import type { Level } from './level.ts';
import type { Objective } from './objective.ts';
import { remedyOf } from './remedy.ts';
import type { Evidence, Member, RollUp } from './roll-up.ts';

/** A component with what it is weak in. */
export interface ComponentPosture extends Component {
	/** It never connected: what a connection shows of it is not asked yet. */
	readonly unseen: boolean;
	/** In the order of the catalogue. */
	readonly weaknesses: readonly ComponentWeakness[];
}

export interface ComponentWeakness {
	readonly requirement: RequirementId;
	readonly objective: Objective;
	readonly required: Level;
	readonly held: Level;
	readonly reason: string;
	readonly barred: boolean;
	readonly remedy: string | null;
	/** The newest that there is. */
	readonly evidence: Evidence | null;
}

/** The last component of a page. */
export type PageEnd = Pick<Component, 'kind' | 'id'>;

export interface PageTerms {
	readonly after: PageEnd | null;
	readonly limit: number;
	/** What is below level 4 too, and not only what is below the required level. */
	readonly all: boolean;
}

const place: Readonly<Record<ComponentKind, number>> = { device: 0, reader: 1, service: 2, update: 3 };

const inOrder = (a: PageEnd, b: PageEnd): number =>
	place[a.kind] - place[b.kind] || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** `device/probe-1`. */
export const writePageEnd = ({ kind, id }: PageEnd): string => `${kind}/${id}`;

/** Null when the text is not the end of a page. */
export const readPageEnd = (text: string): PageEnd | null => {
	const at = text.indexOf('/');
	const kind = componentKinds.find((one) => one === text.slice(0, at));
	return kind === undefined || at === text.length - 1 ? null : { kind, id: text.slice(at + 1) };
};

const weaknessesOf = (key: string, { component, weak }: Member, { policy }: RollUp, all: boolean) =>
	weak
		.filter(({ entry, held }) => all || held < policy.level[entry.objective])
		.map(({ entry, held, reason, barred, members }): ComponentWeakness => ({
			...{ requirement: entry.id, objective: entry.objective, required: policy.level[entry.objective] },
			...{ held, reason, barred, remedy: barred ? null : remedyOf(entry.id, component) },
			evidence: members.get(key)?.evidence ?? null,
		}));

/**
 * The next components that are weak in something: devices, then readers, then the service and the update path, each kind by name.
 * What comes or goes between two pages moves no other component from one to the other.
 */
export const posturePage = (
	rollUp: RollUp,
	{ after, limit, all }: PageTerms,
): { readonly components: readonly ComponentPosture[]; readonly next: PageEnd | null } => {
	const rest = [...rollUp.members]
		.filter(([, { component }]) => after === null || inOrder(component, after) > 0)
		.toSorted(([, a], [, b]) => inOrder(a.component, b.component));
	const components: ComponentPosture[] = [];
	for (const [key, member] of rest) {
		const weaknesses = weaknessesOf(key, member, rollUp, all);
		if (weaknesses.length === 0) continue;
		// One more is known to be there.
		if (components.length === limit) return { components, next: components.at(-1) ?? null };
		const { kind, application, id } = member.component;
		components.push({ kind, application, id, unseen: member.unseen, weaknesses });
	}
	return { components, next: null };
};
