import { Problem } from '@keyward/core';
import { encodeCsrAttributes } from '@keyward/core/format';
import type { Authority } from '../authority/authority.ts';
import type { Rollover } from '../authority/rollover.ts';
import type { Policies } from '../policy/policies.ts';
import type { HandlersOf } from '../thread/channel.ts';
import type { EstTopics } from './est-rpc.ts';
import type { Registrar } from './registrar.ts';

interface EstDependencies {
	readonly authority: Pick<Authority, 'certificates'>;
	readonly registrar: Pick<
		Registrar,
		| 'challenge'
		| 'endorse'
		| 'appraise'
		| 'appraiseBoot'
		| 'appraiseFloor'
		| 'beginClearing'
		| 'finishClearing'
		| 'requireToken'
		| 'enrol'
		| 'renew'
	>;
	readonly policies: Pick<Policies, 'policyOf'>;
	readonly rollover: Pick<Rollover, 'fetched'>;
}

/** The committer's answers to EST. */
export const answerEst = ({ authority, registrar, policies, rollover }: EstDependencies): HandlersOf<EstTopics> => {
	/** RFC 7030 §3.2.2: a label that names nothing is an address that leads nowhere. */
	const requireKnown = (label: string | null): void => {
		if (label !== null && policies.policyOf(label) === null)
			throw new Problem('no-such-thing', `There is no application ${JSON.stringify(label)} here to enrol for.`);
	};
	return {
		caCertificates: async ({ caller, label }) => {
			requireKnown(label);
			await rollover.fetched(caller);
			return authority.certificates();
		},
		csrAttributes: ({ label }) => {
			requireKnown(label);
			return encodeCsrAttributes();
		},
		challenge: ({ request, by, binding, label }) => {
			requireKnown(label);
			return registrar.challenge(request, by, binding, label);
		},
		endorse: ({ certificates, by, binding, label }) => {
			requireKnown(label);
			return registrar.endorse(certificates, by, binding, label);
		},
		appraise: ({ statement, binding }) => registrar.appraise(statement, binding),
		appraiseBoot: ({ evidence, binding }) => registrar.appraiseBoot(evidence, binding),
		appraiseFloor: ({ evidence, binding }) => registrar.appraiseFloor(evidence, binding),
		beginClearing: ({ evidence, caller, binding }) => {
			if (caller.kind !== 'certificate')
				throw new Problem('not-authenticated', 'Show the certificate of the device whose TPM is to be cleared.');
			return registrar.beginClearing(evidence, caller.fingerprint, binding);
		},
		finishClearing: ({ evidence, binding }) => registrar.finishClearing(evidence, binding),
		requireToken: (token) => registrar.requireToken(token),
		enrol: ({ request, token, on }) => {
			requireKnown(on.label);
			return registrar.enrol(request, token, on);
		},
		renew: ({ request, caller, on }) => {
			if (caller.kind !== 'certificate')
				throw new Problem('not-authenticated', 'renew with the certificate to be renewed');
			requireKnown(on.label);
			return registrar.renew(request, caller.fingerprint, on);
		},
	};
};
