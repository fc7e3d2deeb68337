export type { Custody } from './custody.ts';
export { deviceNameOf, isName, nameLike, namePattern } from './name.ts';
export { isSamePrincipal, type PrincipalName, principalKey, qualifiedName } from './principal-name.ts';
export {
	commandTopicOf,
	rosterTopicOf,
	isSameStream,
	receiptTopicOf,
	type StreamName,
	streamOfTopic,
	topicOf,
} from './stream-name.ts';
export { type KeyEvidence, softwareKey } from './key-evidence.ts';
export { expectedPartPattern, isExpectedPart, isPart, partOfManufacturer } from './part.ts';
export {
	lifecycle,
	type LifeActor,
	type LifeEvent,
	type LifeState,
	lifeStates,
	mayUseCertificate,
	type Move,
	nextState,
} from './lifecycle.ts';
export { type Instrument, MOST_STREAMS, wires } from './instrument.ts';
export {
	type DebugInterface,
	type DeviceReport,
	isPort,
	isService,
	MOST_REPORTED,
	portPattern,
	servicePattern,
	type TamperInput,
} from './device-report.ts';
export { judgeDebug, openInterfaces, SERIAL_CONSOLE } from './debug-port.ts';
export type { DeviceStatement, LeakageTest, PartCertificate } from './device-statement.ts';
export { type DeclaredFunctions, judgeFunctions } from './least-function.ts';
export { isLoopback, readSocketTable, type WaitingSocket } from './socket-table.ts';
