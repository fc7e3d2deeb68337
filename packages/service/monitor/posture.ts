import type { IncidentSummary } from '@keyward/contract';
import { type AttestationTrust, evidenceUnder, readBootReference } from '@keyward/core/attest';
import { mayUseCertificate } from '@keyward/core/device';
import type { Instant } from '@keyward/core';
import { custodyProof, expectedBy } from '@keyward/core/enrol';
import {
	appraiseChain,
	appraisePosture,
	type AppraisedComponent,
	atLevel,
	type Chain,
	type Fact,
	type Level,
	type Policy,
	type Posture,
	serviceComponent,
} from '@keyward/core/policy';
import { type Inventory, reachFacts } from '@keyward/core/reach';
import type {
	CertificateStore,
	Clock,
	FactStore,
	Grant,
	Principal,
	PrincipalStore,
	PartStore,
	PersonStore,
	UpdateStore,
} from '@keyward/core/port';
import { deviceFacts } from '../evidence/device-facts.ts';
import type { DeviceReports } from '../evidence/device-reports.ts';
import { factoryFacts } from '../evidence/factory-facts.ts';
import { peopleFacts } from '../people/facts.ts';
import { nothingEssential } from '../evidence/essential.ts';
import { restorableNow } from '../backup/restorable.ts';
import type { Grants } from '../policy/grants.ts';
import type { Observations } from '../evidence/observations.ts';
import type { Policies } from '../policy/policies.ts';
import { speaksFor } from '../evidence/refusals.ts';
import type { Expiry } from '../session/expiry.ts';
import { floorFacts } from '../update/floor-facts.ts';
import { retirementFacts } from '../evidence/retirement.ts';
import type { Agility } from '../agility/agility.ts';
import type { Rollouts } from '../rollout/rollouts.ts';
import type { Owner } from '../owner/owner.ts';
import { releaseFacts } from '../owner/release-facts.ts';
import type { Updates } from '../update/updates.ts';
import type { ContinuityWatch } from './continuity.ts';
import type { RecordWatch } from './record-watch.ts';

type Appraise<Judgement> = (
	policy: Policy,
	components: readonly AppraisedComponent[],
	facts: readonly Fact[],
	now: Instant,
) => Judgement;

/** How each application stands on the facts of this moment; with a level, as if every objective required it. */
export interface Appraisal {
	posture(application?: string, level?: Level): Promise<Posture[]>;
	/** The same, link by link. */
	chain(application?: string): Promise<Chain[]>;
}

export const createAppraisal = (...parts: Parameters<typeof createAppraiser>): Appraisal => {
	const appraise = createAppraiser(...parts);
	return {
		posture: (application, level) => appraise(appraisePosture, application, level),
		chain: (application) => appraise(appraiseChain, application),
	};
};

type Remembered = Pick<CertificateStore, 'certificates' | 'holders'>;

const createAppraiser =
	(
		store: PrincipalStore &
			FactStore &
			PersonStore &
			Pick<UpdateStore, 'bootReferences'> &
			Pick<PartStore, 'statementOf'>,
		policies: Policies,
		grants: Grants,
		observations: Observations,
		watched: {
			readonly expiry: Expiry;
			readonly continuity: Pick<ContinuityWatch, 'facts'>;
			/** What the open store shows of itself. */
			readonly ofStore: () => Promise<readonly Fact[]>;
			readonly record: Pick<RecordWatch, 'facts'>;
			readonly incidents: () => readonly IncidentSummary[];
			readonly remembered: Remembered;
			readonly siteTrust: (application: string) => Promise<Inventory>;
			readonly updates: Pick<Updates, 'facts'>;
			readonly rollouts: Pick<Rollouts, 'facts' | 'said' | 'seenVersion'>;
			readonly owner: Pick<Owner, 'repository'>;
			readonly agility: Pick<Agility, 'facts'>;
			readonly deviceReports: Pick<DeviceReports, 'of'>;
			/** That it opens what its settings say. */
			readonly functions: () => Promise<readonly Fact[]>;
		},
		clock: Clock,
		trust: AttestationTrust,
	) =>
	async <Judgement>(judge: Appraise<Judgement>, application?: string, level?: Level): Promise<Judgement[]> => {
		const own =
			application === undefined
				? policies.epochs().map((epoch) => policies.mustHave(epoch.application))
				: [policies.mustHave(application)];
		const asked = level === undefined ? own : own.map((policy) => atLevel(policy, level));
		const now = clock.now();
		observations.see({
			...{ subject: serviceComponent, claim: 'live-revocation', value: watched.expiry.longest() },
			...{ strength: 'observed', source: 'expiry', at: now },
		});
		for (const fact of watched.continuity.facts(now)) observations.see(fact);
		for (const fact of await watched.ofStore()) observations.see(fact);
		for (const fact of await watched.functions()) observations.see(fact);
		await observations.flush();
		// What earlier versions asked of themselves is no evidence.
		const ofPeople = await peopleFacts(store);
		const ofRecord = await watched.record.facts();
		const ofService = (await store.facts(''))
			.filter(({ source }) => !source.startsWith('self-check'))
			.map((fact) => restorableNow(fact, now));
		return Promise.all(
			asked.map(async (policy) => {
				const all = await store.principals(policy.application);
				const principals = all.filter(({ state }) => mayUseCertificate(state));
				const doubted = await doubtedFacts(watched.remembered, principals, trust, now);
				const known = await store.facts(policy.application);
				const facts = [
					...ofRecord,
					...ofService.filter((fact) => speaksFor(policy.application, fact)),
					...known.filter((fact) => !doubted.some((one) => isAbout(one, fact))),
					...doubted,
					...ofPeople,
					...watched.updates.facts(policy, principals, watched.rollouts.seenVersion),
					...watched.rollouts.facts(policy.application, principals, now),
					...deviceFacts(policy, principals, {
						said: (...of) => watched.deviceReports.of(...of),
						incidents: watched.incidents(),
						...{ known, measured: await measuredClasses(store, policy.application) },
					}),
					...(await factoryFacts(
						{ ...watched.remembered, statementOf: (part) => store.statementOf(part) },
						principals,
						(...of) => watched.deviceReports.of(...of),
						trust,
						now,
					)),
					...floorFacts(policy.application, principals, (...of) => watched.rollouts.said(...of)),
					...releaseFacts(watched.owner, policy, now),
					...(await watched.agility.facts(principals, now)),
					...(await sharedKeys(watched.remembered, principals, now)),
					...nothingEssential(policy, now),
					...retirementFacts(all, known, now),
					...reachFacts(await watched.siteTrust(policy.application), now),
					...grantFacts(principals, grants.of(policy.application), now),
				];
				const open = watched.incidents().filter((one) => one.closed === null && one.application === policy.application);
				const components = await Promise.all(
					principals.map(async (principal) => ({
						...(await componentOf(watched.remembered, principal)),
						...(principal.kind === 'device' && {
							suspected: open.filter(({ device }) => device === principal.id).map(({ cause }) => cause),
						}),
					})),
				);
				return judge(policy, components, facts, now);
			}),
		);
	};

/**
 * What the parts of these devices count for now, where the site has since revoked or dropped who vouched for them (RFC 5280 §6.1.3
 * (a)(3)): what was true at enrolment must not stay in the posture for as long as a certificate lives.
 */
const doubtedFacts = async (
	store: Remembered,
	principals: readonly Principal[],
	trust: AttestationTrust,
	now: Instant,
): Promise<Fact[]> => {
	const facts: Fact[] = [];
	for (const principal of principals.filter(({ kind }) => kind === 'device')) {
		const newest = (await store.certificates(principal)).findLast(({ revoked }) => revoked === null);
		if (newest === undefined) continue;
		const evidence = evidenceUnder(newest.evidence, trust);
		if (evidence === newest.evidence) continue;
		const { kind, application, id } = principal;
		const seen = { subject: { kind, application, id }, strength: 'observed', source: 'site file', at: now } as const;
		facts.push(
			{ ...seen, claim: 'key-custody', value: custodyProof(evidence) },
			{ ...seen, claim: 'expected-device', value: expectedBy(principal, evidence) },
		);
	}
	return facts;
};

/** Classes of which every release says which files it uses. */
const measuredClasses = async (
	store: Pick<UpdateStore, 'bootReferences'>,
	application: string,
): Promise<ReadonlySet<string>> => {
	const byClass = Map.groupBy(await store.bootReferences(application), ({ class: name }) => name);
	const measured = [...byClass].filter(([, all]) => all.every(({ text }) => readBootReference(text).files !== null));
	return new Set(measured.map(([name]) => name));
};

/** The registrar's word for the same claim of the same device. */
const isAbout = (doubted: Fact, { subject, claim, source }: Fact): boolean =>
	claim === doubted.claim &&
	source.startsWith('registrar') &&
	subject.kind === doubted.subject.kind &&
	subject.id === doubted.subject.id;

const componentOf = async (
	store: Remembered,
	{ kind, application, id, class: className }: Principal,
): Promise<AppraisedComponent> => {
	const newest = (await store.certificates({ kind, application, id })).findLast(({ revoked }) => revoked === null);
	const { emulated = false, adopted = false } = newest?.evidence ?? {};
	return { kind, application, id, class: className, emulated, otherCa: adopted };
};

/** CR 1.5: however two principals came to hold one key, whoever opens one device has opened both. */
const sharedKeys = async (store: Remembered, principals: readonly Principal[], now: Instant): Promise<Fact[]> => {
	const facts: Fact[] = [];
	for (const principal of principals) {
		for (const { key, revoked, notAfter } of await store.certificates(principal)) {
			if (revoked !== null || notAfter <= now) continue;
			const others = (await store.holders(key)).filter(
				({ kind, application, id }) =>
					kind !== principal.kind || application !== principal.application || id !== principal.id,
			);
			const [other] = others;
			if (other === undefined) continue;
			const { kind, application, id } = principal;
			facts.push({
				subject: { kind, application, id },
				claim: 'unique-key',
				value: `the same key as ${other.kind} ${other.id}`,
				strength: 'observed',
				source: 'registry',
				at: now,
			});
		}
	}
	return facts;
};

const grantFacts = (principals: readonly Principal[], grants: readonly Grant[], now: Instant): Fact[] =>
	principals
		.filter(({ kind }) => kind === 'reader')
		.flatMap(({ application, id }) => {
			const standing = grants.filter((grant) => grant.reader === id && grant.ended === null && grant.expires > now);
			const seen = {
				subject: { kind: 'reader', application, id },
				strength: 'observed',
				source: 'grants',
				at: now,
			} as const;
			const longest = Math.max(0, ...standing.map(({ from, expires }) => expires - from));
			return [
				{ ...seen, claim: 'explicit-readers', value: leastStrict(standing) },
				{ ...seen, claim: 'grant-expiry', value: longest },
			] satisfies Fact[];
		});

/** The weakest hand that holds a grant of the reader which counts. */
const leastStrict = (standing: readonly Grant[]): string =>
	['service-held', 'roster'].find((holder) => standing.some(({ held = 'service-held' }) => held === holder)) ??
	(standing.length === 0 ? 'service-held' : 'roster-2-of-3');
