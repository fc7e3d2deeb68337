export type { SessionPlace } from './session-place.ts';
export { type Allowed, authorize, type CallEvidence, type Decision, streamOf } from './authorize.ts';
export type { AccessRule, Caller, OperationRule } from './caller.ts';
export { certificateEnd } from './certificate-end.ts';
export { defaultGrantEnd, judgeGrant } from './grant.ts';
export { type ApiStep, apiSteps, judgeLink, type Link, type LinkStep, linkStep, linkSteps, servesApi } from './link.ts';
export { judgeRead, type ReadDecision } from './read-decision.ts';
export { judgeSession, type SessionDecision, type SessionEvidence } from './session.ts';
export { type DeviceSessionDecision, essentialStreams, judgeDeviceSession } from './essential-session.ts';
export { type DualControl, dualControlAsked } from './dual-control.ts';
export { silencedWith } from './silenced.ts';
export {
	judgePerson,
	type PersonEvidence,
	type PersonSession,
	personSessionEnd,
	provesEnough,
	type PersonTerms,
	usualPersonTerms,
} from './person.ts';
