import { type Operation, operationNamed } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { type Allowed, authorize, type CallEvidence, type Caller, streamOf } from '@keyward/core/authorize';
import type { Clock, IssuedCertificate, Store } from '@keyward/core/port';
import { observeLink } from '../evidence/observe-link.ts';
import type { Observations } from '../evidence/observations.ts';
import type { Grants } from '../policy/grants.ts';
import { writeInput } from '../evidence/written-input.ts';
import { digestOf } from '../people/approvals.ts';
import { RATES } from '../http/peer-limits.ts';
import { createRate } from '../http/rate.ts';
import type { PeopleEvidence } from '../people/people-evidence.ts';
import type { Policies } from '../policy/policies.ts';
import type { GivenRefusal } from '../thread/link-messages.ts';

/**
 * Whether this caller may do this now; throws `Problem` with the refusal's code. Decided at each call, and nothing is remembered
 * between two: a right that ended a moment ago is gone.
 */
export type Permit = (
	caller: Caller,
	operation: string,
	input: unknown,
	/** Whether this call is a repetition by this caller: nothing is done, so it takes no second person. */
	isRepeated?: (who: string) => boolean,
) => Promise<Allowed>;

/** A second person sees what they approve: all but the longest policy. */
const LONGEST_SHOWN = 65_536;

/** What the decision needs, gathered from registry, policies and grants. */
export interface PermitDependencies {
	readonly store: Pick<Store, 'certificate' | 'principal'>;
	readonly policies: Pick<Policies, 'policyOf'>;
	readonly grants: Pick<Grants, 'covering'>;
	readonly people: PeopleEvidence;
	readonly observations: Observations;
	/** Whether the CA that issued the certificate counts. */
	readonly issuerCounts: (certificate: IssuedCertificate) => boolean;
	readonly clock: Clock;
	/** A person's cookie was shown elsewhere than it was given; waited for. */
	readonly onElsewhere: (who: string, shown: Extract<Caller, { kind: 'person' }>) => Promise<void>;
	/** A reader, or a program, called with this certificate; waited for. */
	readonly onUsed: (certificate: IssuedCertificate) => Promise<void>;
	/** Told of every refusal that is given: it is evidence. */
	readonly onRefused: (given: GivenRefusal) => void;
}

export const createPermit = (dependencies: PermitDependencies): Permit => {
	const { store, policies, grants, people, observations, issuerCounts, clock, onRefused, onUsed, onElsewhere } =
		dependencies;

	const gather = async (caller: Caller, name: string, input: unknown): Promise<CallEvidence> => {
		const nobody = { holder: null, policy: null, grants: [], ...(await people.gather(caller, name, input)) };
		if (caller.kind !== 'certificate') return nobody;
		const certificate = await store.certificate(Uint8Array.from(Buffer.from(caller.fingerprint, 'hex')));
		const principal = certificate === null ? null : await store.principal(certificate.principal);
		const holder = {
			...{ certificate, principal },
			policy: principal === null ? null : policies.policyOf(principal.application),
			issuerCounts: certificate !== null && issuerCounts(certificate),
		};
		const stream = streamOf(input);
		if (stream === null || principal === null) return { ...nobody, holder };
		return {
			...{ ...nobody, holder, policy: policies.policyOf(stream.application) },
			grants: grants.covering(principal, stream),
		};
	};

	/** What takes another person waits for one: the caller is told under which number, and repeats the call. */
	const askAnother = async (operation: Operation, input: unknown, asks: string): Promise<string> => {
		const { name, withheld = [] } = operation;
		const number = await people.approvals.request({
			...{ operation: name, asks, digest: digestOf(name, input) },
			input: writeInput(input, withheld, LONGEST_SHOWN),
		});
		return `: request ${number} waits; when somebody approved it, repeat the same call (keyward approval list)`;
	};

	// By name: many sessions at many addresses are one person's.
	const rate = createRate(RATES.person);

	return async (caller, name, input, isRepeated = () => false) => {
		const gathered = await gather(caller, name, input);
		if (gathered.person?.person) rate(gathered.person.person.name);
		const { dual } = gathered;
		const evidence = isRepeated(dual.caller)
			? { ...gathered, dual: { ...dual, asked: null, approvedBy: null } }
			: gathered;
		const operation = operationNamed(name);
		const now = clock.now();
		const decision = authorize(caller, operation, input, evidence, now);
		if (!decision.allowed) {
			const { code, requirement, reason } = decision.refusal;
			const principal = evidence.holder?.principal ?? null;
			const person = evidence.person?.person ?? null;
			if (code === 'session-elsewhere' && caller.kind === 'person' && person !== null)
				await onElsewhere(`person ${person.name}`, caller);
			onRefused({
				...{ application: principal?.application ?? '', requirement, code, reason, principal },
				...{ fingerprint: caller.kind === 'certificate' ? caller.fingerprint : null, times: 1 },
				...(person !== null &&
					operation !== null && { person: { name: person.name, role: person.role, operation: operation.name } }),
			});
			const waits =
				code === 'approval-needed' && operation !== null
					? await askAnother(operation, input, evidence.dual.caller)
					: '';
			throw new Problem(code, `${reason}${waits}`);
		}
		// CR 2.1 RE(4): one approval, one call: spent before it is done, so that no crash gives it back, and by one
		// of two that came at once. Nothing runs between the decision and this.
		if (
			decision.approvedBy !== undefined &&
			!(await people.approvals.spend(evidence.dual.caller, digestOf(name, input)))
		)
			throw new Problem('approval-needed', 'Another call used this approval: ask for another.');
		// CR 2.5: a page that asks by itself keeps no session open that nobody sits before.
		if (caller.kind === 'person' && caller.background !== true) await people.sessions.touch(caller.session);
		if (caller.kind === 'certificate' && decision.principal !== null)
			observeLink(observations, decision.principal, caller.link, now);
		// A copy of the key of before ends with the first use of the next, as it does over MQTT (CR 1.9).
		const shown = evidence.holder?.certificate ?? null;
		if (decision.principal?.kind === 'reader' && shown !== null) await onUsed(shown);
		return decision;
	};
};
