import type { Instant } from '@keyward/core';
import { type Fact, type Policy, serviceComponent, updateComponent } from '@keyward/core/policy';
import type { Clock, FactStore, PersonStore, Principal } from '@keyward/core/port';
import { restorableNow } from '../../backup/restorable.ts';
import { nothingEssential } from '../../evidence/essential.ts';
import type { Observations } from '../../evidence/observations.ts';
import { speaksFor } from '../../evidence/refusals.ts';
import { type Erasure, retirementFact } from '../../evidence/retirement.ts';
import { witnessedNow } from '../../ledger/witnessed-fact.ts';
import type { Witnesses } from '../../ledger/witnesses.ts';
import type { Owner } from '../../owner/owner.ts';
import { releaseFacts } from '../../owner/release-facts.ts';
import { peopleFacts } from '../../people/facts.ts';
import type { Rollouts } from '../../rollout/rollouts.ts';
import type { Expiry } from '../../session/expiry.ts';
import type { Software } from '../../update/software.ts';
import type { Updates } from '../../update/updates.ts';
import type { ContinuityWatch } from '../continuity.ts';
import type { RecordWatch } from '../record-watch.ts';

export interface SharedEvidenceOptions {
	readonly store: FactStore & PersonStore;
	readonly observations: Observations;
	readonly expiry: Pick<Expiry, 'longest'>;
	readonly continuity: Pick<ContinuityWatch, 'facts'>;
	/** What the open store shows of itself. */
	readonly ofStore: () => Promise<readonly Fact[]>;
	/** That the service opens what its settings say. */
	readonly functions: () => Promise<readonly Fact[]>;
	readonly record: Pick<RecordWatch, 'facts'>;
	readonly witnesses: Pick<Witnesses, 'vouchedFor'>;
	readonly updates: Pick<Updates, 'facts'> & { readonly software: Pick<Software, 'of'> };
	readonly rollouts: Pick<Rollouts, 'facts' | 'seenVersion'>;
	readonly owner: Pick<Owner, 'repository'>;
	readonly clock: Clock;
}

/** What is known of an application's devices, of which some evidence is of all of them together. */
export interface Fleet {
	readonly principals: () => readonly Principal[];
	/** Another object whenever one of them, or what is known of it, is another. */
	readonly state: object;
	/** By device. */
	readonly retired: ReadonlyMap<string, Erasure>;
}

/** What is known of the service, and of an application's update path, at this moment. */
export interface SharedEvidence {
	/** Looks at the running service, once for all applications. */
	look(): Promise<(policy: Policy, fleet: Fleet, now: Instant) => Promise<Fact[]>>;
}

/** One device of each class and version: bills of materials are of those. */
const representatives = (fleet: Fleet, said: ReturnType<Software['of']>): Principal[] => {
	const found = new Map<string, Principal>();
	for (const one of fleet.principals()) {
		const version = one.kind === 'device' ? said.get(one.id)?.version : undefined;
		if (typeof version === 'string') found.set(`${one.class ?? ''} ${version}`, one);
	}
	return [...found.values()];
};

export const createSharedEvidence = (options: SharedEvidenceOptions): SharedEvidence => {
	const { store, observations, expiry, continuity, record, updates, rollouts, owner, clock } = options;
	/** By application, with the state of the fleet that they were found in. */
	const found = new Map<string, { readonly state: object; readonly principals: Principal[] }>();
	const representativesOf = (application: string, fleet: Fleet): Principal[] => {
		const before = found.get(application);
		if (before?.state === fleet.state) return before.principals;
		const principals = representatives(fleet, updates.software.of(application));
		found.set(application, { state: fleet.state, principals });
		return principals;
	};
	return {
		look: async () => {
			const now = clock.now();
			observations.see({
				...{ subject: serviceComponent, claim: 'live-revocation', value: expiry.longest() },
				...{ strength: 'observed', source: 'expiry', at: now },
			});
			for (const fact of continuity.facts(now)) observations.see(fact);
			for (const fact of await options.ofStore()) observations.see(fact);
			for (const fact of await options.functions()) observations.see(fact);
			await observations.flush();
			const [ofPeople, ofRecord, all] = [await peopleFacts(store), await record.facts(), await store.facts('')];
			// What earlier versions asked of themselves is no evidence.
			const ofService = all.filter(({ source }) => !source.startsWith('self-check'));
			return async (policy, fleet, at) => {
				const { application } = policy;
				const update = updateComponent(application);
				return [
					...[...ofRecord, ...ofPeople],
					...ofService
						.map((fact) => restorableNow(fact, at))
						.map(witnessedNow(options.witnesses, at))
						.filter((fact) => speaksFor(application, fact)),
					...(await store.factsOf(update)),
					...updates.facts(policy, representativesOf(application, fleet), rollouts.seenVersion),
					...rollouts.facts(application, [], at),
					...releaseFacts(owner, policy, at),
					...nothingEssential(policy, at),
					retirementFact(fleet.retired, at),
				].filter(({ subject: { kind } }) => kind === 'service' || kind === 'update');
			};
		},
	};
};
