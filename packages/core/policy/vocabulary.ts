// The closed lists that a policy and its posture are written in, for programs that neither read a policy nor appraise one: the parser of
// YAML and the catalogue are a hundred modules.

export { chainLinks } from './chain-place.ts';
export { levels } from './level.ts';
export { objectives } from './objective.ts';
export { pathLinks, pathNames } from './path-place.ts';
export { requirementIds } from '../requirement/requirement.ts';
export { strengths } from '../requirement/strength.ts';
