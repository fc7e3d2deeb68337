import { type AttestationTrust, evidenceUnder, readBootReference } from '@keyward/core/attest';
import type { IncidentSummary } from '@keyward/contract';
import type { Instant } from '@keyward/core';
import { custodyProof, expectedBy } from '@keyward/core/enrol';
import type { AppraisedComponent, Fact, Policy } from '@keyward/core/policy';
import { type Inventory, reachFacts } from '@keyward/core/reach';
import type {
	CertificateStore,
	FactStore,
	Grant,
	PartStore,
	Principal,
	PrincipalName,
	PrincipalStore,
	UpdateStore,
} from '@keyward/core/port';
import { isSamePrincipal, mayUseCertificate, principalKey } from '@keyward/core/device';
import type { Agility } from '../../agility/agility.ts';
import { deviceFacts } from '../../evidence/device-facts.ts';
import type { DeviceReports } from '../../evidence/device-reports.ts';
import { factoryFacts } from '../../evidence/factory-facts.ts';
import type { Grants } from '../../policy/grants.ts';
import type { Owner } from '../../owner/owner.ts';
import { floorFacts, isFloorFact } from '../../rollout/floor-facts.ts';
import type { Rollouts } from '../../rollout/rollouts.ts';
import { withoutWeaker } from '../../rollout/software-facts.ts';
import { releaseFloors } from '../../rollout/signed-images.ts';
import type { Updates } from '../../update/updates.ts';

type Remembered = Pick<CertificateStore, 'certificates' | 'holders'>;

export interface PrincipalEvidenceOptions {
	readonly store: FactStore &
		Pick<PrincipalStore, 'principal'> &
		Pick<UpdateStore, 'bootReferences' | 'countedFloors'> &
		Pick<PartStore, 'statementOf'>;
	readonly remembered: Remembered;
	readonly grants: Grants;
	readonly incidents: () => readonly IncidentSummary[];
	readonly updates: Pick<Updates, 'facts'>;
	readonly rollouts: Pick<Rollouts, 'facts' | 'said' | 'seenVersion'>;
	readonly owner: Pick<Owner, 'repository'>;
	readonly agility: Pick<Agility, 'facts'>;
	readonly deviceReports: Pick<DeviceReports, 'of' | 'instruments'>;
	/** What these principals hold and open. */
	readonly siteTrust: (application: string, only: readonly Principal[]) => Promise<Inventory>;
	readonly trust: AttestationTrust;
}

/** A device or reader, and all that is known of it. */
export interface Appraisable {
	readonly component: AppraisedComponent;
	readonly facts: readonly Fact[];
}

/** What is known of devices and readers at this moment. */
export interface PrincipalEvidence {
	/** Of these of one application, each of which may use a certificate. */
	of(policy: Policy, principals: readonly Principal[], now: Instant): Promise<Appraisable[]>;
	/** The keys that it has and had, and whether they are revoked, as text. */
	keysOf(principal: PrincipalName): Promise<string>;
	/** Others that hold, or held, a key of it: what becomes of its keys changes what is known of them. */
	neighbours(principal: PrincipalName): Promise<PrincipalName[]>;
}

export const createPrincipalEvidence = (options: PrincipalEvidenceOptions): PrincipalEvidence => {
	const { store, remembered, grants, updates, rollouts, agility, deviceReports, siteTrust, trust } = options;
	const said = (application: string, device: string) => deviceReports.of(application, device);

	const neighbours = async (principal: PrincipalName): Promise<PrincipalName[]> => {
		const found = new Map<string, PrincipalName>();
		for (const { key } of await remembered.certificates(principal))
			for (const other of await remembered.holders(key))
				if (!isSamePrincipal(other, principal)) found.set(principalKey(other), other);
		return [...found.values()];
	};

	/** With those that share a key with them, of whom the graph says what falls with what. */
	const reachOf = async (policy: Policy, principals: readonly Principal[], now: Instant): Promise<Fact[]> => {
		const both = new Map(principals.map((one) => [principalKey(one), one]));
		for (const one of principals)
			for (const other of await neighbours(one)) {
				if (other.application !== policy.application || both.has(principalKey(other))) continue;
				const known = await store.principal(other);
				if (known !== null && mayUseCertificate(known.state)) both.set(principalKey(known), known);
			}
		const ids = new Set(principals.filter(({ kind }) => kind === 'device').map(({ id }) => id));
		const facts = reachFacts(await siteTrust(policy.application, [...both.values()]), now);
		return facts.filter(({ subject }) => ids.has(subject.id));
	};

	const suspicions = ({ application }: Policy): ReadonlyMap<string, IncidentSummary[]> =>
		Map.groupBy(
			options.incidents().filter((one) => one.closed === null && one.application === application),
			({ device }) => device,
		);

	return {
		neighbours,
		keysOf: async (principal) =>
			(await remembered.certificates(principal))
				.map(({ key, revoked }) => `${Buffer.from(key).toString('base64')}${revoked === null ? '' : ' revoked'}`)
				.join(),
		of: async (policy, principals, now) => {
			const { application } = policy;
			const known = (await Promise.all(principals.map((one) => store.factsOf(one)))).flat();
			const doubted = await doubtedFacts(remembered, principals, trust, now);
			const isDoubted = new Set(doubted.map(({ subject, claim }) => `${principalKey(subject)}/${claim}`));
			const facts: Fact[] = [
				...withoutWeaker(known, now).filter(
					// The registrar's word for what is doubted.
					(fact) =>
						!isFloorFact(fact) &&
						!(fact.source.startsWith('registrar') && isDoubted.has(`${principalKey(fact.subject)}/${fact.claim}`)),
				),
				...doubted,
				...updates.facts(policy, principals, rollouts.seenVersion),
				...rollouts.facts(application, principals, now),
				...deviceFacts(policy, principals, {
					...{ said, incidents: options.incidents(), known, measured: await measuredClasses(store, application) },
				}),
				...(await factoryFacts(
					{ ...remembered, statementOf: (part) => store.statementOf(part) },
					...([principals, said, trust, now] as const),
				)),
				...floorFacts(
					...([application, principals] as const),
					{
						...{ known, said: rollouts.said, floorOf: releaseFloors(options.owner, application) },
						counted: (await Promise.all(principals.map((one) => store.countedFloors(one)))).flat(),
						doubted: new Set(doubted.map(({ subject }) => subject.id)),
					},
					now,
				),
				...(await agility.facts(principals, now)),
				...(await sharedKeys(remembered, principals, now)),
				...(await reachOf(policy, principals, now)),
				...grantFacts(principals, grants, now),
			];
			const open = suspicions(policy);
			const about = Map.groupBy(facts, ({ subject }) => principalKey(subject));
			return Promise.all(
				principals.map(async (principal) => ({
					component: {
						...(await componentOf(remembered, principal)),
						...(principal.kind === 'device' && {
							suspected: open.get(principal.id)?.map(({ cause }) => cause) ?? [],
						}),
					},
					facts: about.get(principalKey(principal)) ?? [],
				})),
			);
		},
	};
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

const componentOf = async (
	store: Remembered,
	{ kind, application, id, class: className }: Principal,
): Promise<AppraisedComponent> => {
	const newest = (await store.certificates({ kind, application, id })).findLast(({ revoked }) => revoked === null);
	const { emulated = false, adopted = false } = newest?.evidence ?? {};
	return { kind, application, id, class: className, emulated, otherCa: adopted };
};

/** CR 1.5: however two principals came to hold one key, anyone who opens one device has opened both. */
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

const grantFacts = (principals: readonly Principal[], grants: Pick<Grants, 'to' | 'of'>, now: Instant): Fact[] =>
	principals
		.filter(({ kind }) => kind === 'reader')
		.flatMap((reader) => {
			const { application, id } = reader;
			const standing = grants.to(reader).filter((grant) => grant.ended === null && grant.expires > now);
			const seen = {
				subject: { kind: 'reader', application, id },
				strength: 'observed',
				source: 'grants',
				at: now,
			} as const;
			// Without a grant it reads nothing: who may, the owner's roster says, where there is one.
			const rosterOf = (of: string): readonly Grant[] => grants.of(of).filter(({ held }) => held !== undefined);
			const longest = Math.max(0, ...standing.map(({ from, expires }) => expires - from));
			return [
				{
					...seen,
					claim: 'explicit-readers',
					value: leastStrict(standing.length > 0 ? standing : rosterOf(application)),
				},
				{ ...seen, claim: 'grant-expiry', value: longest },
			] satisfies Fact[];
		});

/** The weakest hand that holds a grant of the reader which counts. */
const leastStrict = (standing: readonly Grant[]): string =>
	['service-held', 'roster'].find((holder) => standing.some(({ held = 'service-held' }) => held === holder)) ??
	(standing.length === 0 ? 'service-held' : 'roster-2-of-3');
