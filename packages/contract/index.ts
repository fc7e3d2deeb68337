export { cursorFault, mostReadings, readCursor, type ReaderCursor, writeCursor } from './cursor.ts';
export { openapi } from './openapi.ts';
export { incident as incidentShape } from './incident-shapes.ts';
export type { Operation } from './operation.ts';
export { type OperationName, operationNamed, type Operations, operations } from './operations.ts';
/** HTTP header with which a program on the operator's socket says who started it. */
export const loginHeader = 'keyward-login';
export { mostNamed } from './policy-compare.ts';
export { exactly } from './shapes.ts';
export { Type } from './type.ts';
export type {
	AuthorityKind,
	AuthoritySummary,
	CommandSummary,
	ContainmentView,
	IncidentSummary,
	IncidentView,
	LedgerReport,
	PrincipalDetail,
	PrincipalSummary,
	ReadingView,
	RowView,
	SealedView,
	SiteHealth,
	SiteStatus,
	StreamSummary,
} from './types.ts';
