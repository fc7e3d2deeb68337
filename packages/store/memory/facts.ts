import type { Fact } from '@keyward/core/policy';
import type { FactStore } from '@keyward/core/port';

/** With what records them within another commit. */
export const memoryFacts = (): { readonly port: FactStore; put(facts: readonly Fact[]): void } => {
	const facts = new Map<string, Fact>();
	const put = (added: readonly Fact[]): void => {
		for (const fact of structuredClone(added)) {
			const { application, kind, id } = fact.subject;
			facts.set(JSON.stringify([application, kind, id, fact.claim, fact.source]), fact);
		}
	};
	const port: FactStore = {
		putFacts: async (added) => put(added),
		factsOf: async ({ application, kind, id }) =>
			structuredClone(
				[...facts.values()].filter(
					({ subject }) => subject.application === application && subject.kind === kind && subject.id === id,
				),
			),
		facts: async (application) =>
			structuredClone(
				[...facts.values()].filter((each) => application === undefined || each.subject.application === application),
			),
	};
	return { port, put };
};
