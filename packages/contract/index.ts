export { openapi } from './openapi.ts';
export { incident as incidentShape } from './incident-shapes.ts';
export type { Operation } from './operation.ts';
export { type OperationName, operationNamed, type Operations, operations } from './operations.ts';
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
	StreamSummary,
} from './types.ts';
