export {
	admitSealed,
	epochUnknown,
	isSealedMessage,
	mustBeSealed,
	readingUnsealed,
	recallStream,
	recalled,
	type SealedStream,
	type SealedTerms,
} from './admit-sealed.ts';
export { alteredItem } from './altered.ts';
export { bootMark } from './boot.ts';
export { isFork } from './fork.ts';
export {
	checkpointHash,
	digestOf,
	isSignedCheckpoint,
	type ReceivedCheckpoint,
	type SealCheckpoint,
	signSealCheckpoint,
} from './checkpoint.ts';
export { type EpochKeys } from './content-key.ts';
export {
	type EpochContent,
	type EpochMeans,
	isSignedEpoch,
	openEpoch,
	readEpoch,
	type ReceivedEpoch,
	sealEpoch,
} from './epoch.ts';
export { admitOpenCheckpoint, judgeCovered } from './admit-open.ts';
export { judgeEpoch, judgeRosterAge, readersOf, streamKeysOf } from './judge-epoch.ts';
export { type FindingCode, ofAll, type OpenedReading, type ReaderFinding } from './reader-finding.ts';
export { ReaderView } from './reader-view.ts';
export type { ReaderTrust, TakenRow } from './taken-row.ts';
export { type OpeningKeys, type ReaderKey, type SealingMeans } from './recipient.ts';
export {
	type CoveredReading,
	isOpenCheckpoint,
	isSignedOpenCheckpoint,
	mostOpenCovered,
	type OpenCheckpoint,
	openCheckpointHash,
	openDigestOf,
	readOpenCheckpoint,
	type ReceivedOpenCheckpoint,
	signOpenCheckpoint,
} from './open-checkpoint.ts';
export { openPatience, type OpenTaken, OpenView } from './open-view.ts';
export { parseRoster, type Roster, type RosterReader, type StreamTerms } from './roster.ts';
export { mostItems, readSealedItem, readSealedMessage, type SealedItem } from './sealed-item.ts';
export {
	isSignedReading,
	openReading,
	readSealedReading,
	type SealedReading,
	sealReading,
	type SignedReading,
	signReading,
} from './sealed-reading.ts';
export { mostCovered, mostEpochs, mostNumbers, mostReaders, type Suite } from './suite.ts';
export { coseThumbprint } from '../format/cose/cose-key.ts';
