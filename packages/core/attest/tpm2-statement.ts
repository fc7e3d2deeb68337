import {
	makeCredential,
	objectName,
	SHARED_SECRET_ENTROPY,
	TPMT_PUBLIC,
	toSubjectPublicKeyInfo,
} from '../format/tpm2/index.ts';
import { judgeAttestationKey } from './attestation-key.ts';
import { type CertifiedKeyEvidence, judgeCertifiedKey } from './certified-key.ts';
import { judgeCleared, judgeClearing } from './clearing.ts';
import { judgeEndorsementKey } from './endorsement-key.ts';
import { judgeFloorEvidence } from './hardware-floor.ts';
import { judgeBoot } from './quote.ts';
import type { PartStatement } from './part-statement.ts';
import { statementFields } from './statement-fields.ts';

type Stated = Record<keyof CertifiedKeyEvidence, Uint8Array>;

/** A TPM: its attestation key is shown, and states by TPM2_Certify. Throws `tpm-malformed`, `certificate-malformed`. */
export const tpm2Statement: PartStatement = {
	...statementFields.tpm2,
	judgePart(certificates, { attestationKey }: Record<'attestationKey', Uint8Array>, expected, at) {
		const area = TPMT_PUBLIC.unmarshal(attestationKey);
		const tpm = judgeEndorsementKey(certificates, expected, at);
		if ('refusal' in tpm) return tpm;
		const refusal = judgeAttestationKey(area);
		if (refusal !== null) return { refusal };
		const { part, manufacturer, emulated, path } = tpm;
		return {
			evidence: { custody: 'tpm2', proof: 'attested', part, manufacturer, emulated, path },
			// TPM 2.0 Part 1 §24: the nonce goes out only inside this, so that the TPM with the endorsed key, and the attestation key
			// of this very name in it, is the only one that learns what its statement must contain.
			challenge: (nonce, random) => {
				const made = makeCredential(tpm.endorsementKey, objectName(area), nonce, random(SHARED_SECRET_ENTROPY));
				return { credentialBlob: made.credentialBlob, secret: made.secret };
			},
			keyOf({ key }: Stated) {
				return toSubjectPublicKeyInfo(TPMT_PUBLIC.unmarshal(key));
			},
			judge(stated: Stated, terms) {
				return judgeCertifiedKey(stated, { ...terms, attestationKey: area, tpm });
			},
			judgeBoot(boot, { released, ...terms }) {
				return judgeBoot(boot, { ...terms, attestationKey: area, tpm }, released);
			},
			judgeFloor(floor, terms) {
				return judgeFloorEvidence(floor, { ...terms, attestationKey: area, tpm });
			},
			judgeClearing(clearing, terms) {
				return judgeClearing(clearing, { ...terms, attestationKey: area, tpm });
			},
			judgeCleared(cleared, terms, before) {
				return judgeCleared(cleared, { ...terms, attestationKey: area, tpm }, before);
			},
		};
	},
};
