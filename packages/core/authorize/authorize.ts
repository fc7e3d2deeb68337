import type { Policy } from '../policy/policy.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { StreamName } from '../device/stream-name.ts';
import type { Grant } from '../port/grant-store.ts';
import type { Person } from '../port/person-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import type { Caller, OperationRule } from './caller.ts';
import { type DualControl, judgeDualControl } from './dual-control.ts';
import { judgeKind, noEntry, notGranted, strange } from './judge-kind.ts';
import { mayAsProgram } from './program.ts';
import { judgePerson, personSessionEnd, type PersonEvidence } from './person.ts';
import { judgeRead } from './read-decision.ts';
import { judgeSession, type SessionEvidence } from './session.ts';

/** What the registry and the policies say of a call, at the time of asking. */
export interface CallEvidence {
	/** Of the certificate that was shown; null when the caller shows none. */
	readonly holder: Omit<SessionEvidence, 'link'> | null;
	/** The policy of the application that the input names; null without one. */
	readonly policy: Policy | null;
	/** Grants of the holder that cover the stream that the input names. */
	readonly grants: readonly Grant[];
	/** Of the session that was shown; null when the caller shows none. */
	readonly person: PersonEvidence | null;
	readonly dual: DualControl;
}

/** Whether a call is answered; a refusal says which requirement asks for it, by which code, and why. */
export type Decision = Allowed | { readonly allowed: false; readonly refusal: Refusal };

export interface Allowed {
	readonly allowed: true;
	/** Whose certificate it is; null for a caller without one. */
	readonly principal: PrincipalName | null;
	/** The moment from which the answer is another of itself. */
	readonly until: Instant;
	/** What the policy's mode `audit` let in. */
	readonly breaches: readonly Refusal[];
	/** Who signed in; left out for others. */
	readonly person?: Pick<Person, 'name' | 'role'>;
	/** Who approved it, where that was asked. */
	readonly approvedBy?: string;
}

/**
 * Decides about one call of one operation: the only place where that is decided. `operation` is null for a name that no operation has.
 *
 * IEC 62443-4-2 CR 2.1: whatever the listeners looked at or forgot to, who is not named is refused, and so is everybody where nobody
 * is named.
 */
export const authorize = (
	caller: Caller,
	operation: OperationRule | null,
	input: unknown,
	evidence: CallEvidence,
	now: Instant,
): Decision => {
	const unnamed = judgeKind(caller, operation);
	if (unnamed !== null || operation === null) return refused(unnamed ?? noEntry);
	if (caller.kind === 'person') return authorizePerson(operation, evidence, now);
	if (caller.kind !== 'certificate') {
		if (caller.kind === 'operator') {
			const alone = judgeDualControl(operation, evidence.dual);
			if (alone !== null && operation.reads === undefined)
				return twice(alone, evidence.dual, () => allowed(null, Number.POSITIVE_INFINITY, [alone]));
		}
		// A grant is given to the holder of a certificate and to nobody else.
		if (operation.reads !== undefined) return refused(notGranted(operation));
		const yes = allowedPlain(Number.POSITIVE_INFINITY);
		return caller.kind === 'operator' ? { ...yes, ...approval(operation, evidence.dual) } : yes;
	}
	// CR 1.2: no certificate in the registry, no principal.
	if (evidence.holder === null) return refused(strange);
	const { refusals, breaches, until } = judgeSession({ ...evidence.holder, link: caller.link }, now);
	const [refusal] = refusals;
	const { principal } = evidence.holder;
	if (refusal !== undefined || principal === null) return refused(refusal ?? strange);
	const isNamed = operation.callers.some((rule) => rule.kind === 'certificate' && rule.role === principal.kind);
	if (!isNamed && !mayAsProgram(operation, principal, evidence.holder.policy, input))
		return refused(notGranted(operation));
	const { kind, application, id } = principal;
	const name: PrincipalName = { kind, application, id };
	if (operation.reads === undefined) return allowed(name, until, breaches);
	const stream = streamOf(input);
	if (stream === null) return refused(notGranted(operation));
	const read = judgeRead(name, stream, evidence.policy, evidence.grants, now);
	return read.allowed ? allowed(name, Math.min(until, read.until), breaches) : read;
};

/** A person's session, then their role, then whether it takes another person. */
const authorizePerson = (
	operation: OperationRule,
	{ person: evidence, dual }: CallEvidence,
	now: Instant,
): Decision => {
	if (evidence === null) return refused(strange);
	const stale = judgePerson(evidence, now);
	const { session, person, terms } = evidence;
	if (stale !== null || session === null || person === null) return refused(stale ?? strange);
	// CR 2.1 RE(1), RE(2): the role is read at each call, so that one that was taken away is gone.
	if (!operation.callers.some((rule) => rule.kind === 'person' && rule.role === person.role))
		return refused(notGranted(operation));
	// A grant is given to the holder of a certificate and to nobody else.
	if (operation.reads !== undefined) return refused(notGranted(operation));
	const { name, role } = person;
	const yes = { ...allowedPlain(personSessionEnd(session, terms)), person: { name, role } };
	const alone = judgeDualControl(operation, dual);
	return alone === null
		? { ...yes, ...approval(operation, dual) }
		: twice(alone, dual, () => ({ ...yes, breaches: [alone] }));
};

/** What is not approved is refused in `enforce`, and told in `audit`. */
const twice = (alone: Refusal, { asked }: DualControl, go: () => Decision): Decision =>
	asked === 'audit' ? go() : refused(alone);

const approval = ({ privileged }: OperationRule, { approvedBy }: DualControl): Pick<Allowed, 'approvedBy'> =>
	privileged === undefined || approvedBy === null ? {} : { approvedBy };

const refused = (refusal: Refusal): Decision => ({ allowed: false, refusal });

const allowedPlain = (until: Instant): Allowed => ({ allowed: true, principal: null, until, breaches: [] });

const allowed = (principal: PrincipalName | null, until: Instant, breaches: readonly Refusal[]): Decision => ({
	allowed: true,
	...{ principal, until, breaches },
});

/** The stream that an input names; null when it names none. A second way in may bring what no schema has judged. */
export const streamOf = (input: unknown): StreamName | null => {
	if (typeof input !== 'object' || input === null) return null;
	const { application, device, stream } = input as Readonly<Record<string, unknown>>;
	return typeof application === 'string' && typeof device === 'string' && typeof stream === 'string'
		? { application, device, stream }
		: null;
};
