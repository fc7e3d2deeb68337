export { judgeAttestationKey } from './attestation-key.ts';
export { type CertifiedKeyEvidence, type CertifiedKeyTerms, judgeCertifiedKey } from './certified-key.ts';
export { judgeEndorsementChain, type Vouching } from './endorsement-chain.ts';
export { type EndorsedTpm, judgeEndorsementKey, partOfEndorsementKey } from './endorsement-key.ts';
export { endorsedKeys, type ManifestEntry, readManifest } from './manifest.ts';
export { CHALLENGE_LIFETIME, type Challenged, NONCE_BYTES, qualifyingData } from './qualifying-data.ts';
export { evidenceUnder } from './standing.ts';
export type { AttestationTrust, Maker, TrustAt } from './trust.ts';
