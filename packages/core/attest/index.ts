export { readBootReference, writeBootReference } from './boot-reference.ts';
export {
	type ClearedEvidence,
	clearedQualifyingData,
	type ClearingEvidence,
	clearingQualifyingData,
	type TpmClock,
} from './clearing.ts';
export {
	type CountedFloor,
	FLOOR_COUNTER_NAME,
	FLOOR_ORIGIN_NAME,
	floorCounterPublic,
	type FloorEvidence,
	floorOriginPublic,
	floorQualifyingData,
	judgeCountedFloor,
} from './hardware-floor.ts';
export { replayImaList } from './ima-list.ts';
export { type BootEvidence, bootQualifyingData, type ReleasedBoot } from './quote.ts';
export type { CertifiedKeyEvidence } from './certified-key.ts';
export { judgeDeviceIdentity } from './device-identity.ts';
export { judgeEndorsementChain, type Vouching } from './endorsement-chain.ts';
export { partOfEndorsementKey } from './endorsement-key.ts';
export { statementUnder } from './known-statement.ts';
export { judgeKnownKey } from './known-key.ts';
export { type Manifest, readManifest } from './manifest.ts';
export type { ChallengedPart, NamedOctets } from './part-statement.ts';
export { CHALLENGE_LIFETIME, type Challenged, NONCE_BYTES, qualifyingData } from './qualifying-data.ts';
export { readManifestSigner } from './signed-element.ts';
export { judgeSideChannel } from './side-channel.ts';
export { evidenceUnder } from './earlier-evidence.ts';
export { statementFormats } from './statement-formats.ts';
export type { AttestationTrust, Manufacturer, TrustAt } from './trust.ts';
export { isRevocation, revocationsOf } from './revocation.ts';
