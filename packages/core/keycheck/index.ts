export {
	type BatchProgress,
	cofactorResidues,
	factorsOf,
	productTree,
	type ProductTree,
	sharedFactors,
} from './batch-gcd.ts';
export type { Check, CheckOptions, Checks } from './check.ts';
export { checkTitles } from './check-titles.ts';
export { createChecks } from './checks.ts';
export { type CheckId, checkIds, type Finding, type Member, severities, type Severity } from './finding.ts';
export { judgeNewKey } from './judge-new-key.ts';
export type {
	CertificateFacts,
	KeyMaterial,
	Material,
	Network,
	Place,
	PskMaterial,
	SignatureMaterial,
} from './material.ts';
export { isProfile } from './profile.ts';
export {
	type PublishedKey,
	type PublishedKeys,
	type PublishedKind,
	readPublishedKeys,
	writePublishedKeys,
} from './published-keys.ts';
export { keyHash, pskMark } from './fingerprint.ts';
