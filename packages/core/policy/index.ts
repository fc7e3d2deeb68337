export { achievableLevels, type AchievableLevel } from './achievable.ts';
export { atLevel } from './at-level.ts';
export type { Ask, Asks, CatalogueEntry } from './catalogue/entry.ts';
export { catalogue, isRequirementId, requirement } from './catalogue/index.ts';
export { builtInPart, COMMITTED_MARKS, countMarks } from './catalogue/marks.ts';
export { renderRequirements } from './catalogue/render.ts';
export type { KnownInstrument } from './instrument-link.ts';
export { type Path, type PathLink, type Paths, pathsOf } from './path.ts';
export { type PathLinkName, pathLinks, type PathName, pathNames } from './path-place.ts';
export { appraiseChain, chainOf, type Chain, type ChainLink, type LinkWeakness } from './chain.ts';
export { certificateLifetime } from './certificate-lifetime.ts';
export { chainLinks } from './chain-place.ts';
export { type DocumentKind, StrictDocument, type Value } from './document.ts';
export type { DocumentFinding } from './finding.ts';
export type { Component, ComponentKind, Fact } from './fact.ts';
export { type Level, levels } from './level.ts';
export { type Objective, objectives } from './objective.ts';
export type { Parameters, ParameterValue, Tighten } from './parameter-value.ts';
export {
	comparePolicies,
	enforceable,
	expandParameters,
	type ParameterChange,
	printParameter,
	satisfies,
} from './parameters.ts';
export { admissionParameters, type DeviceClass, type Policy, type StreamTerms } from './policy.ts';
export { didYouMean } from './nearest.ts';
export { appraisePosture, type ObjectivePosture, type Posture, postureOf, type WeakAlike } from './posture.ts';
export {
	type ObjectiveState,
	objectiveStates,
	type PostureChange,
	postureChanges,
	stateKey,
} from './posture-change.ts';
export {
	type ComponentPosture,
	type PageEnd,
	type PageTerms,
	posturePage,
	readPageEnd,
	writePageEnd,
} from './posture-page.ts';
export { programOperations } from './program.ts';
export { compareRights, printRights } from './rights.ts';
export { parsePolicy, readPolicy } from './read-policy.ts';
export { remedyOf } from './remedy.ts';
export { type RequirementId, requirementIds } from '../requirement/requirement.ts';
export { createRollUp, type RollUp } from './roll-up.ts';
export type { Scale } from './scale.ts';
export { closeSpan, parseSpan, printSpan, roughSpan } from './span.ts';
export { type AppraisedComponent, serviceComponent, updateComponent, type Weakness } from './component-appraisal.ts';
export { type Strength, strengths } from '../requirement/strength.ts';
export { isUnit } from './unit.ts';
export { convertUnit } from './unit-scale.ts';
export { unitHint } from './unit-hint.ts';
export { list, oneOf } from './written.ts';
export { type MemberPath, parseMemberPath, topicFor, type TopicMap } from './topic-map.ts';
