export type { Check, CheckOptions, Checks } from './check.ts';
export { type CheckId, checkIds, type Finding, type Member, severities, type Severity } from './finding.ts';
export type { CertificateFacts, KeyMaterial, Material, Place, PskMaterial, SignatureMaterial } from './material.ts';
export { type PublishedKey, type PublishedKeys, readPublishedKeys } from './published-keys.ts';
