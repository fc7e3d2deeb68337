import type { Fact } from '@keyward/core/policy';
import type { FactStore } from '@keyward/core/port';

export const memoryFacts = (): FactStore => {
	const facts = new Map<string, Fact>();
	return {
		putFacts: async (added) => {
			for (const fact of structuredClone(added)) {
				const { application, kind, id } = fact.subject;
				facts.set(JSON.stringify([application, kind, id, fact.claim, fact.source]), fact);
			}
		},
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
};
