import { days, type Milliseconds, Problem } from '@keyward/core';
import {
	type AttestationTrust,
	type FloorEvidence,
	floorQualifyingData,
	judgeCountedFloor,
} from '@keyward/core/attest';
import { qualifiedName } from '@keyward/core/device';
import type { CertificateStore, Clock, FactStore, UpdateStore } from '@keyward/core/port';
import type { Appraisals } from './attestation.ts';
import { requireOwnPart } from './own-part.ts';

/** How a device shows, by its TPM's word, the security floor that it keeps. */
export interface FloorAppraisal {
	/**
	 * Judges the answer to a challenge of this connection, and keeps what came of it as evidence of `rollback-refused`. Throws `Problem` with
	 * the code of the refusal, `evidence-stale`, `tpm-malformed`.
	 */
	appraiseFloor(evidence: FloorEvidence, binding: string): Promise<void>;
}

export interface FloorAppraisalOptions {
	readonly challenges: Pick<Appraisals, 'takeChallenge'>;
	readonly store: Pick<CertificateStore, 'certificates'> &
		Pick<FactStore, 'putFacts'> &
		Pick<UpdateStore, 'countedFloor' | 'putCountedFloor'>;
	readonly clock: Clock;
	readonly trust: AttestationTrust;
}

/** How long a TPM's word on its floor counts: it is shown three times an hour, and who undid a floor would rather say nothing. */
const COUNTS_FOR: Milliseconds = days(1);

export const createFloorAppraisal = ({ challenges, store, clock, trust }: FloorAppraisalOptions): FloorAppraisal => ({
	appraiseFloor: async (evidence, binding) => {
		const { holder, nonce, part } = challenges.takeChallenge(binding, 'tpm2');
		const { part: name, emulated } = part.evidence;
		await requireOwnPart(store, holder, part.evidence);
		const exporter = Uint8Array.from(Buffer.from(binding, 'base64'));
		const qualifyingData = floorQualifyingData(nonce, exporter, qualifiedName(holder));
		const judged = part.judgeFloor?.(evidence, { qualifyingData, trust });
		if (judged === undefined || name === null)
			throw new Problem('request-malformed', 'This part counts no security floor.');
		const before = await store.countedFloor(name);
		const refusal = 'refusal' in judged ? judged.refusal : judgeCountedFloor(judged, before);
		// Only these are the TPM's own word on its floor; all else is a fault on the way.
		if (refusal !== null && refusal.code !== 'floor-undone') throw new Problem(refusal.code, refusal.reason);

		const { application, id } = holder;
		const at = clock.now();
		// What was seen first stands: a floor that was undone stays undone, however often it is shown.
		if (refusal === null && 'origin' in judged)
			await store.putCountedFloor({ part: name, application, device: id, ...judged, at });
		await store.putFacts([
			{
				...{ subject: { kind: 'device', application, id }, claim: 'rollback-refused', strength: 'attested' },
				value: refusal === null ? 'hardware-floor' : refusal.reason,
				...{ source: emulated ? 'registrar (emulated part)' : 'registrar', at, until: at + COUNTS_FOR },
			},
		]);
		if (refusal !== null) throw new Problem(refusal.code, refusal.reason);
	},
});
