export { type Checkpoint, openCheckpoint, signCheckpoint } from './checkpoint.ts';
export { type Truncation, isTruncation, makeTruncation } from './truncation.ts';
export { checkLeaf, type Leaf, type LeafRange, makeLeaf, MOST_ROWS, readLeaf } from './leaf.ts';
export { type NoteKey, noteKeyId, noteVerifierKey, openNote, signNote } from './note.ts';
export { consistencyProof, inclusionProof, type LeafHashes, verifyConsistency, verifyInclusion } from './proof.ts';
export { makeRegistryLeaf } from './registry-leaf.ts';
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
