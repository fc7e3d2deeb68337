export {
	clockToleranceOf,
	earliestTaken,
	judgeIdentity,
	judgeRecord,
	judgeTime,
	type TakenTimes,
	type TimeBounds,
} from './admission.ts';
export {
	admit,
	admitRecords,
	type Admission,
	type Admitted,
	type Author,
	largestPayload,
	type MessageTerms,
} from './admit.ts';
export {
	type Continuity,
	type Gap,
	hear,
	missedBetween,
	type Presence,
	presenceOf,
	silenceGrace,
	standingGaps,
} from './continuity.ts';
export { type ContentType, contentType, isContentType } from './content-type.ts';
export {
	checkpointIdentity,
	type Identity,
	isCheckpointIdentity,
	isSequenced,
	readIdentity,
	sequenceIdentity,
	timeIdentity,
} from './identity.ts';
export { type MappedValue, readMapped } from './mapped.ts';
export { decodePack } from './pack.ts';
export { addDoubts, decodeRecord, encodeRecord, type KeptRecord, numberOf, sameRecord } from './record.ts';
export {
	maxRecords,
	openRecordStream,
	type RawRecord,
	type RecordStream,
	type ResolvedRecord,
	type SummedRecord,
} from './senml.ts';
export { decodeSenmlCbor, encodeSenmlCbor } from './senml-cbor.ts';
export { inUnit } from './senml-unit.ts';
export {
	decodeSenmlJson,
	encodeSenmlJson,
	parseSenmlPack,
	parseSenmlRecord,
	type RecordToWrite,
	parseOnce,
} from './senml-json.ts';
export { type Doubt, doubtBit, doubtLabel, doubtsOf, type ShownDoubt } from './doubt.ts';
export { copyWatch, judgeValue, openWatch, suspicionTerms, type ValueWatch } from './suspicion.ts';
export { instantOfSenml, isRelative } from './senml-time.ts';
export { openPace, type Pace, paceMultiple, takeOne } from './pace.ts';
export {
	type ClockedMoment,
	type ClockFinding,
	type ClockKeeper,
	type ClockLook,
	dateMoment,
	endStationClock,
	isDisputed,
	isPlausible,
	latestPossible,
	lookAtClock,
	openStationClock,
	type StationClock,
	takeNoServiceTime,
	takeServiceTime,
	timeNow,
} from './station-clock.ts';
