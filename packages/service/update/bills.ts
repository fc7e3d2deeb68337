import { Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/policy';
import type { Clock, StoredBill, UpdateStore } from '@keyward/core/port';
import { type BillOfMaterials, type Exposure, findExposures, isExposed, readBill } from '@keyward/core/update';
import type { Policies } from '../policy/policies.ts';
import type { Documents } from './documents.ts';
import { readDocument } from './read-file.ts';

/** A bill without what is in it. */
export type BillSummary = Omit<StoredBill, 'text'>;

/** Bills of materials by device class and version: what the software of each version is made of. */
export interface Bills {
	/** Reads the file, and keeps it as the bill of this version. Throws `Problem('policy-unknown-reference')` for a class that the policy does not have, and what `readDocument` throws. */
	take(application: string, className: string, version: string, file: string): Promise<BillSummary>;
	all(application?: string): readonly BillSummary[];
	/** What is known of a version, exposed first; null: it has no bill. */
	exposures(application: string, className: string, version: string): readonly Exposure[] | null;
	/** The versions of a class, the last to be imported first, that this vulnerability does not expose. */
	mending(application: string, className: string, vulnerability: string): readonly string[];
}

interface Known {
	readonly summary: BillSummary;
	readonly bill: BillOfMaterials;
	/** Of which state of the documents `exposures` is. */
	judged: number;
	exposures: readonly Exposure[];
}

const VERSION = /^[\w.+~:-]{1,128}$/;

/** A version as a bill and a device may name it. Throws `Problem('request-malformed')`. */
const requireVersion = (version: string): void => {
	if (!VERSION.test(version))
		throw new Problem(
			'request-malformed',
			`${JSON.stringify(version.slice(0, 80))} is no version: use 1 to 128 of letters, digits and . + ~ : _ -`,
		);
};

export const openBills = async (
	store: Pick<UpdateStore, 'bills' | 'putBill'>,
	documents: Pick<Documents, 'index' | 'version'>,
	policies: Pick<Policies, 'mustHave'>,
	clock: Clock,
): Promise<Bills> => {
	const known = new Map<string, Known>();
	const keyOf = (...parts: readonly [application: string, className: string, version: string]): string =>
		JSON.stringify(parts);
	const note = ({ text, ...summary }: StoredBill): void =>
		void known.set(keyOf(summary.application, summary.class, summary.version), {
			...{ summary, bill: readBill(text), judged: -1, exposures: [] },
		});
	for (const bill of await store.bills()) note(bill);
	const judge = (one: Known): readonly Exposure[] => {
		if (one.judged !== documents.version()) {
			one.exposures = findExposures(one.bill, documents.index(), clock.now());
			one.judged = documents.version();
		}
		return one.exposures;
	};
	return {
		take: async (application, className, version, path) => {
			const { devices } = policies.mustHave(application);
			if (!devices.has(className)) {
				const hint = didYouMean(className, devices.keys()) || `; it has ${[...devices.keys()].join(', ')}`;
				throw new Problem(
					'policy-unknown-reference',
					`The policy of ${application} has no device class ${JSON.stringify(className)}${hint}`,
				);
			}
			requireVersion(version);
			const { file, text, components, unidentified } = await readDocument('bill', path);
			const summary = { application, class: className, version, file, at: clock.now(), components, unidentified };
			await store.putBill({ ...summary, text });
			note({ ...summary, text });
			return summary;
		},
		all: (application) =>
			[...known.values()]
				.map(({ summary }) => summary)
				.filter((one) => application === undefined || one.application === application),
		exposures: (...parts) => {
			const one = known.get(keyOf(...parts));
			return one === undefined ? null : judge(one);
		},
		mending: (application, className, vulnerability) =>
			[...known.values()]
				.filter(({ summary }) => summary.application === application && summary.class === className)
				.filter((one) => !judge(one).some((found) => found.vulnerability === vulnerability && isExposed(found)))
				.toSorted((a, b) => b.summary.at - a.summary.at)
				.map(({ summary }) => summary.version),
	};
};
