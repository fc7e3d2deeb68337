import { Problem } from '@keyward/core';
import { type AttestationTrust, type BootEvidence, bootQualifyingData, readBootReference } from '@keyward/core/attest';
import { qualifiedName } from '@keyward/core/device';
import type { Fact, Policy } from '@keyward/core/policy';
import type {
	CertificateStore,
	Clock,
	FactStore,
	PrincipalName,
	PrincipalStore,
	UpdateStore,
} from '@keyward/core/port';
import type { Appraisals } from './attestation.ts';
import { requireOwnPart } from './own-part.ts';

/** How a device shows, by its TPM's word, what it started (TCG: measured boot; RFC 9334). */
export interface BootAppraisal {
	/**
	 * Judges the answer to a challenge of this connection, and keeps what came of it as evidence of `boot-verified`. Gives the release;
	 * null where nobody asks: the policy does not, and the class has no reference values. Throws `Problem` with the code of the refusal,
	 * `evidence-stale`, `tpm-malformed`, `boot-log-malformed`. A device whose own TPM says that it runs what nobody released is
	 * quarantined where the policy asks for attested boots and enforces.
	 */
	appraiseBoot(evidence: BootEvidence, binding: string): Promise<string | null>;
}

export interface BootAppraisalOptions {
	readonly challenges: Pick<Appraisals, 'takeChallenge'>;
	readonly store: Pick<PrincipalStore, 'principal'> &
		Pick<CertificateStore, 'certificates'> &
		FactStore &
		Pick<UpdateStore, 'bootReferences'>;
	readonly clock: Clock;
	readonly trust: AttestationTrust;
	readonly policyOf: (application: string) => Policy | null;
	/** Keeps the device out until an operator has looked at it. */
	readonly quarantine: (device: PrincipalName, reason: string) => Promise<void>;
}

/** Only these are the TPM's own word on what runs; all else is a fault on the way. */
const TOLD_BY_TPM = ['boot-log-mismatch', 'boot-not-released'];

const DEBUG_MODE = 'its firmware measured that it can be debugged (UEFI Debug Mode)';

/** The level from which boot-verified must be attested (catalogue: boot-verified). */
const ATTESTED_FROM = 4;

export const createBootAppraisal = ({
	challenges,
	store,
	clock,
	trust,
	policyOf,
	quarantine,
}: BootAppraisalOptions): BootAppraisal => ({
	appraiseBoot: async (evidence, binding) => {
		const { holder, nonce, part } = challenges.takeChallenge(binding, 'tpm2');
		const { application, id } = holder;
		const policy = policyOf(application);
		const principal = await store.principal(holder);
		const references = await store.bootReferences(application, principal?.class ?? undefined);
		const isAsked = policy !== null && policy.parameters['boot-verified'] !== null;
		if (references.length === 0 && !isAsked) return null;
		await requireOwnPart(store, holder, part.evidence);

		const exporter = Uint8Array.from(Buffer.from(binding, 'base64'));
		const judged = part.judgeBoot?.(evidence, {
			qualifyingData: bootQualifyingData(nonce, exporter, qualifiedName(holder)),
			trust,
			released: references.map(({ version, text }) => ({ release: version, reference: readBootReference(text) })),
		});
		if (judged === undefined) throw new Problem('request-malformed', 'This part does not see how its device starts.');
		const refusal = 'refusal' in judged ? judged.refusal : null;
		if (refusal !== null && !TOLD_BY_TPM.includes(refusal.code)) throw new Problem(refusal.code, refusal.reason);

		const of = {
			subject: { kind: 'device', application, id },
			strength: 'attested',
			source: part.evidence.emulated ? 'registrar (emulated part)' : 'registrar',
			at: clock.now(),
		} as const;
		const debug = 'debug' in judged ? judged.debug : null;
		const facts: Fact[] = [
			{ ...of, claim: 'boot-verified', value: refusal === null ? 'authentic' : refusal.reason },
			...(debug === null
				? []
				: [{ ...of, claim: 'debug-port-closed', value: debug === 'closed' || DEBUG_MODE } as const]),
		];
		await store.putFacts(facts);
		if (refusal === null) return 'release' in judged ? judged.release : null;
		// EDR 3.14 RE(1): what is not authentic must not go on; enforced where the policy asks for the TPM's word.
		if (isAsked && policy.mode === 'enforce' && policy.level.integrity >= ATTESTED_FROM)
			await quarantine(holder, refusal.reason);
		throw new Problem(refusal.code, refusal.reason);
	},
});
