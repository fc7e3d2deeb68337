export {
	type AddCheckpoint,
	addCheckpointBody,
	readAddCheckpoint,
	readKnownSize,
	SIZE_TYPE,
} from './add-checkpoint.ts';
export { type Checkpoint, openCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.ts';
export { cosign, type Cosignature, cosignaturesOn, quorumTime, readCosignature } from './cosignature.ts';
export { checkProof, type LedgerProof, type ProofCheck } from './check-proof.ts';
export { checkWitnessed, type WitnessCheck, type WitnessPins } from './check-witnessed.ts';
export { judgeSeen, type LedgerSight, seenCheckpoint, type SeenLedger, type ShownLedger } from './judge-seen.ts';
export { type CheckpointJudgement, judgeCheckpoint, originIn } from './judge-checkpoint.ts';
export { type Growth, growthProof, type LeavesFrom } from './growth.ts';
export { type Truncation, isTruncation, makeTruncation } from './truncation.ts';
export { checkLeaf, type Leaf, type LeafRange, makeLeaf, MOST_ROWS, readLeaf } from './leaf.ts';
export {
	type NoteKey,
	noteKeyId,
	noteVerifierKey,
	openNote,
	readVerifierKey,
	signatureType,
	signNote,
	splitNote,
} from './note.ts';
export {
	consistencyProof,
	consistencyRanges,
	inclusionProof,
	inclusionRanges,
	type LeafHashes,
	type Leaves,
	rangeHash,
	verifyConsistency,
	verifyInclusion,
} from './proof.ts';
export { makeRegistryLeaf } from './registry-leaf.ts';
export { leafCovers, readRows, rowInLeaf } from './registry-rows.ts';
export { RegistryVerifier } from './registry-verifier.ts';
export {
	appendLeaf,
	decodeCompactRange,
	type CompactRange,
	emptyCompactRange,
	encodeCompactRange,
	leafHash,
	root,
} from './tree.ts';
export { type LedgerFindings, LedgerVerifier } from './verifier.ts';
