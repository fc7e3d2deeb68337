import { Problem } from '@keyward/core';
import { type CertificationRequest, encodeCsrAttributes } from '@keyward/core/format';
import type { Authority } from '../authority/authority.ts';
import type { ChallengeRequest, ClientProof, Statement } from './attestation.ts';
import type { DeviceLife, EstConnection } from './registrar.ts';
import type { Rollover } from '../authority/rollover.ts';
import type { Handlers } from '../thread/channel.ts';
import type { Caller } from '@keyward/core/authorize';
import type { Policies } from '../policy/policies.ts';

interface Labelled {
	readonly label: string | null;
}

interface Request {
	/** Parsed, and its signature verified, by the thread that took it. */
	readonly request: CertificationRequest;
	readonly on: EstConnection;
}

interface Asking extends Labelled {
	readonly request: ChallengeRequest;
	readonly by: ClientProof;
	readonly binding: string;
}

/** The committer's answers to EST. */
export const enrolmentAnswers = (
	authority: Pick<Authority, 'certificates'>,
	life: Pick<DeviceLife, 'challenge' | 'endorse' | 'appraise' | 'requireToken' | 'enrol' | 'renew'>,
	policies: Pick<Policies, 'policyOf'>,
	rollover: Pick<Rollover, 'fetched'>,
): Handlers => {
	/** RFC 7030 §3.2.2: a label that names nothing is an address that leads nowhere. */
	const requireKnown = ({ label }: Labelled): void => {
		if (label !== null && policies.policyOf(label) === null)
			throw new Problem('no-such-thing', `There is no application ${JSON.stringify(label)} here to enrol for.`);
	};
	return {
		caCertificates: async ({ caller, ...asked }: Labelled & { readonly caller: Caller }) => {
			requireKnown(asked);
			await rollover.fetched(caller);
			return authority.certificates();
		},
		csrAttributes: (asked: Labelled) => {
			requireKnown(asked);
			return encodeCsrAttributes();
		},
		challenge: ({ request, by, binding, label }: Asking) => {
			requireKnown({ label });
			return life.challenge(request, by, binding, label);
		},
		endorse: ({
			certificates,
			by,
			binding,
			label,
		}: Omit<Asking, 'request'> & { readonly certificates: Uint8Array[] }) => {
			requireKnown({ label });
			return life.endorse(certificates, by, binding, label);
		},
		appraise: ({ statement, binding }: { readonly statement: Statement; readonly binding: string }) =>
			life.appraise(statement, binding),
		token: (token: string) => life.requireToken(token),
		enrol: ({ request, token, on }: Request & { readonly token: string }) => {
			requireKnown(on);
			return life.enrol(request, token, on);
		},
		renew: ({ request, caller, on }: Request & { readonly caller: Caller }) => {
			if (caller.kind !== 'certificate')
				throw new Problem('not-authenticated', 'renew with the certificate to be renewed');
			requireKnown(on);
			return life.renew(request, caller.fingerprint, on);
		},
	};
};
