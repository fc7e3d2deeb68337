import type {
	RunningSoftware,
	StoredBill,
	StoredBootReference,
	StoredDocument,
	StoredFloor,
	UpdateStore,
} from '@keyward/core/port';
import { outcomeOf } from '../rules/document-outcome.ts';

export const memoryUpdates = (): UpdateStore => {
	const documents = new Map<string, StoredDocument>();
	const bills = new Map<string, StoredBill>();
	const references = new Map<string, StoredBootReference>();
	const floors = new Map<string, StoredFloor>();
	const software = new Map<string, RunningSoftware>();
	return {
		putDocument: async (given) => {
			const key = JSON.stringify([given.format, given.publisher, given.id]);
			const known = documents.get(key);
			const outcome = outcomeOf(known, given);
			if (outcome === 'new' || outcome === 'replaced')
				documents.set(key, { ...given, imported: known?.imported ?? given.imported });
			return outcome;
		},
		documents: async () => structuredClone([...documents.values()]),
		putBill: async (bill) => {
			bills.set(JSON.stringify([bill.application, bill.class, bill.version]), { ...bill });
		},
		bills: async () => structuredClone([...bills.values()]),
		putBootReference: async (reference) => {
			references.set(JSON.stringify([reference.application, reference.class, reference.version]), { ...reference });
		},
		bootReferences: async (application, className) =>
			structuredClone(
				[...references.values()].filter(
					(one) =>
						(application === undefined || one.application === application) &&
						(className === undefined || one.class === className),
				),
			),
		putCountedFloor: async (floor) => {
			floors.set(floor.part, { ...floor });
		},
		countedFloor: async (part) => structuredClone(floors.get(part) ?? null),
		forgetCountedFloor: async (part) => {
			floors.delete(part);
		},
		countedFloors: async ({ kind, application, id }) =>
			structuredClone(
				[...floors.values()].filter((one) => kind === 'device' && one.application === application && one.device === id),
			),
		putSoftware: async (said) => {
			for (const one of said) software.set(JSON.stringify([one.application, one.device]), { ...one });
		},
		software: async (application) =>
			structuredClone(
				[...software.values()].filter((one) => application === undefined || one.application === application),
			),
	};
};
