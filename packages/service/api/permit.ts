import { operationNamed } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { type Allowed, authorize, type CallEvidence, type Caller, streamOf } from '@keyward/core/authorize';
import type { Clock, IssuedCertificate, Store } from '@keyward/core/port';
import { observeLink } from '../evidence/observe-link.ts';
import type { Observations } from '../evidence/observations.ts';
import type { Grants } from '../policy/grants.ts';
import type { Policies } from '../policy/policies.ts';
import type { GivenRefusal } from '../thread/link-messages.ts';

/**
 * Whether this caller may do this now; throws `Problem` with the refusal's code. Decided at each call, and nothing is remembered
 * between two: a right that ended a moment ago is gone.
 */
export type Permit = (caller: Caller, operation: string, input: unknown) => Promise<Allowed>;

/** What the decision needs, gathered from registry, policies and grants. */
export interface PermitDependencies {
	readonly store: Pick<Store, 'certificate' | 'principal'>;
	readonly policies: Pick<Policies, 'policyOf'>;
	readonly grants: Pick<Grants, 'covering'>;
	readonly observations: Observations;
	/** Whether the CA that issued the certificate counts. */
	readonly issuerCounts: (certificate: IssuedCertificate) => boolean;
	readonly clock: Clock;
	/** Told of every refusal that is given: it is evidence. */
	readonly onRefused: (given: GivenRefusal) => void;
}

export const createPermit = (dependencies: PermitDependencies): Permit => {
	const { store, policies, grants, observations, issuerCounts, clock, onRefused } = dependencies;

	const gather = async (caller: Caller, input: unknown): Promise<CallEvidence> => {
		if (caller.kind !== 'certificate') return { holder: null, policy: null, grants: [] };
		const certificate = await store.certificate(Uint8Array.from(Buffer.from(caller.fingerprint, 'hex')));
		const principal = certificate === null ? null : await store.principal(certificate.principal);
		const holder = {
			...{ certificate, principal },
			policy: principal === null ? null : policies.policyOf(principal.application),
			issuerCounts: certificate !== null && issuerCounts(certificate),
		};
		const stream = streamOf(input);
		if (stream === null || principal === null) return { holder, policy: null, grants: [] };
		return { holder, policy: policies.policyOf(stream.application), grants: grants.covering(principal, stream) };
	};

	return async (caller, name, input) => {
		const evidence = await gather(caller, input);
		const now = clock.now();
		const decision = authorize(caller, operationNamed(name), input, evidence, now);
		if (!decision.allowed) {
			const { code, requirement, reason } = decision.refusal;
			const principal = evidence.holder?.principal ?? null;
			onRefused({
				...{ application: principal?.application ?? '', requirement, code, reason, principal },
				...{ fingerprint: caller.kind === 'certificate' ? caller.fingerprint : null, times: 1 },
			});
			throw new Problem(code, reason);
		}
		if (caller.kind === 'certificate' && decision.principal !== null)
			observeLink(observations, decision.principal, caller.link, now);
		return decision;
	};
};
