import { type Instant, type Milliseconds, minutes, seconds } from '@keyward/core';
import { mayUseCertificate, principalKey } from '@keyward/core/device';
import { createRollUp, type Policy, type RollUp, serviceComponent, updateComponent } from '@keyward/core/policy';
import type { Clock, FactStore, Principal, PrincipalName, PrincipalStore } from '@keyward/core/port';
import { type Erasure, erasureOf } from '../../evidence/retirement.ts';
import type { Policies } from '../../policy/policies.ts';
import { createKeyedMutex } from '../../thread/keyed-mutex.ts';
import { createSlice } from '../../thread/time-slice.ts';
import type { PrincipalEvidence } from './principal-evidence.ts';
import type { SharedEvidence } from './shared-evidence.ts';
import type { Stale, Touched } from './changed-evidence.ts';

/** An application as it stands. */
export interface KeptPosture {
	readonly rollUp: RollUp;
	/** Components whose evidence changed since, and which are looked at next. */
	readonly pending: number;
}

/**
 * Each application's appraisal, kept: what touches the evidence of a component makes it stale, and it alone is appraised again; so is
 * what time alone changes, at that moment.
 */
export interface KeptPostures {
	/** One application, or all. */
	of(application?: string): Promise<KeptPosture[]>;
	/** From nothing, under another policy: what it would take. Nothing of it is kept. */
	under(policy: Policy): Promise<RollUp>;
	stop(): Promise<void>;
}

export interface KeptPosturesOptions {
	readonly store: PrincipalStore & FactStore;
	readonly policies: Pick<Policies, 'mustHave'> & { epochs(): readonly { readonly application: string }[] };
	readonly principals: PrincipalEvidence;
	readonly shared: SharedEvidence;
	readonly stale: Pick<Stale, 'onTouch'>;
	readonly clock: Clock;
	readonly report: (error: unknown) => void;
	/** Up to so many components all are appraised for each answer; for tests. */
	readonly small?: number;
}

/** So few are appraised while one waits for the answer: nothing of it is older than the question. */
const SMALL = 200;
/** What is known by the clock alone (a deadline that comes nearer) is looked at again after this long, spread over as much again. */
const AGAIN: Milliseconds = minutes(10);
/** Looked at together, with nobody served in between. */
const CHUNK = 8;
/** An answer waits so long for what is stale, beyond the first appraisal. */
const PATIENCE: Milliseconds = 80;
/** And so long where that is little: a bound only against changes that come faster than they are looked at. */
const LONGEST: Milliseconds = seconds(10);
const TICK: Milliseconds = seconds(1);
/** How much of each tick goes to what is stale while nobody asks. */
const SHARE: Milliseconds = 200;

interface Known {
	readonly principal: Principal;
	/** Its keys: what evidence of others depends on. */
	readonly holds: string;
}

interface Application {
	readonly rollUp: RollUp;
	/** Every device and reader that may use a certificate. */
	readonly known: Map<string, Known>;
	readonly retired: Map<string, Erasure>;
	readonly stale: Map<string, PrincipalName>;
	/** The first appraisal is over. */
	whole: boolean;
	/** Another one with each appraisal. */
	state: object;
	/** When it was last looked what is due. */
	looked: Instant;
}

const begin = (policy: Policy, principals: readonly Principal[]): Application => ({
	rollUp: createRollUp(policy),
	known: new Map<string, Known>(),
	retired: new Map<string, Erasure>(),
	stale: new Map(
		principals.map(({ kind, application, id }) => [`${application}/${kind}/${id}`, { kind, application, id }]),
	),
	whole: false,
	state: {},
	looked: 0,
});

/** FNV-1a, so that a fleet that was appraised at once is not due at once again. */
const spread = (text: string): Milliseconds => {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
	return hash % AGAIN;
};

export const createKeptPostures = (options: KeptPosturesOptions): KeptPostures => {
	const { store, policies, principals, shared, clock, report, small = SMALL } = options;
	const applications = new Map<string, Application>();
	const inTurn = createKeyedMutex();

	const touch = ({ application: of, kind, id }: Touched): void => {
		if (kind === 'service' || kind === 'update') return;
		for (const [application, { known, stale }] of applications) {
			if (of !== null && of !== application) continue;
			if (kind !== undefined && id !== undefined) {
				const name = { kind, application, id };
				stale.set(principalKey(name), name);
			} else
				for (const [key, { principal }] of known)
					if (kind === undefined || principal.kind === kind) stale.set(key, principal);
		}
	};
	options.stale.onTouch(touch);

	const touchDue = (application: string, into: Application): void => {
		const now = clock.now();
		// A clock that was set back: what was judged by the later one may be of the future now, and is due at no moment.
		if (now < into.looked) touch({ application });
		into.looked = now;
		for (const { kind, id } of into.rollUp.due(now)) touch({ application, kind, id });
	};

	/** Looks at these again; who shares a key with one whose keys changed is touched too. */
	const appraise = async (into: Application, names: readonly PrincipalName[]): Promise<void> => {
		const { rollUp, known, retired } = into;
		const present: Principal[] = [];
		for (const { kind, application, id } of names) {
			const name = { kind, application, id };
			const key = principalKey(name);
			const principal = await store.principal(name);
			const mayUse = principal !== null && mayUseCertificate(principal.state);
			const holds = `${mayUse} ${await principals.keysOf(name)}`;
			if (into.whole && known.get(key)?.holds !== holds)
				for (const other of await principals.neighbours(name)) touch(other);
			const erasure = principal === null ? null : erasureOf(principal, await store.factsOf(name));
			if (kind === 'device' && erasure === null) retired.delete(id);
			else if (erasure !== null) retired.set(id, erasure);
			if (mayUse) {
				known.set(key, { principal, holds });
				present.push(principal);
			} else {
				known.delete(key);
				rollUp.drop(name);
			}
			into.state = {};
		}
		const now = clock.now();
		for (const { component, facts } of await principals.of(rollUp.policy, present, now))
			rollUp.put(component, facts, now, now + AGAIN + spread(component.id));
	};

	/** One chunk of what is stale; false: nothing is. What changes meanwhile is stale again. */
	const step = (into: Application): Promise<boolean> =>
		inTurn(into.rollUp.policy.application, async () => {
			const chunk: PrincipalName[] = [];
			for (const one of into.stale.values())
				if (chunk.length < CHUNK) chunk.push(one);
				else break;
			if (chunk.length === 0) return false;
			for (const one of chunk) into.stale.delete(principalKey(one));
			try {
				await appraise(into, chunk);
			} catch (error) {
				for (const one of chunk) into.stale.set(principalKey(one), one);
				throw error;
			}
			return true;
		});

	const work = async (into: Application, until: number): Promise<void> => {
		const slice = createSlice();
		while (performance.now() < until && (await step(into))) await slice.next();
	};

	/** The application under the policy in force; another policy begins from nothing. */
	const current = async (application: string): Promise<Application> => {
		const before = applications.get(application);
		if (before?.rollUp.policy === policies.mustHave(application)) return before;
		const all = await store.principals(application);
		const policy = policies.mustHave(application);
		const other = applications.get(application);
		if (other?.rollUp.policy === policy) return other;
		const fresh = begin(policy, all);
		applications.set(application, fresh);
		return fresh;
	};

	const catchUp = async (application: string): Promise<Application> => {
		const into = await current(application);
		touchDue(application, into);
		if (into.known.size <= small) touch({ application });
		const patience = into.whole ? (into.stale.size <= small ? LONGEST : PATIENCE) : Number.POSITIVE_INFINITY;
		await work(into, performance.now() + patience);
		into.whole = true;
		return into;
	};

	const putShared = async (into: Application, evidence: Awaited<ReturnType<SharedEvidence['look']>>): Promise<void> => {
		const { rollUp, known, retired } = into;
		const now = clock.now();
		const fleet = {
			principals: () => Array.from(known.values(), ({ principal }) => principal),
			state: into.state,
			retired,
		};
		const facts = await evidence(rollUp.policy, fleet, now);
		for (const one of [serviceComponent, updateComponent(rollUp.policy.application)]) rollUp.put(one, facts, now);
	};

	const keepUp = async (): Promise<void> => {
		for (const [application, into] of applications) {
			if (!into.whole || into.known.size <= small) continue;
			touchDue(application, into);
			await work(into, performance.now() + SHARE);
		}
	};
	let working: Promise<void> | null = null;
	const timer = setInterval(() => {
		working ??= keepUp()
			.catch(report)
			.finally(() => {
				working = null;
			});
	}, TICK);

	return {
		of: async (application) => {
			const asked = application === undefined ? policies.epochs().map((epoch) => epoch.application) : [application];
			for (const one of asked) policies.mustHave(one);
			const evidence = await shared.look();
			const found: KeptPosture[] = [];
			for (const one of asked) {
				const into = await catchUp(one);
				await putShared(into, evidence);
				found.push({ rollUp: into.rollUp, pending: into.stale.size });
			}
			return found;
		},
		under: async (policy) => {
			const into = begin(policy, await store.principals(policy.application));
			const evidence = await shared.look();
			await work(into, Number.POSITIVE_INFINITY);
			await putShared(into, evidence);
			return into.rollUp;
		},
		stop: async () => {
			clearInterval(timer);
			await working;
		},
	};
};
