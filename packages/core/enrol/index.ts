export {
	issuingAuthorityCertificate,
	serviceAuthorityCertificate,
	serviceCertificate,
	type ServiceNames,
	siteRootCertificate,
} from './authority-profile.ts';
export { principalCertificate, principalSubject, UNASKED_LIFETIME } from './certificate-profile.ts';
export { type Commissioning, formatCommissioning, parseCommissioning } from './commissioning-string.ts';
export { type Expectation, expectPrincipal, TOKEN_LIFETIME, tokenHash } from './expectation.ts';
export { keyStrength, type KeyStrength } from './key-strength.ts';
export type { Judgement } from './judgement.ts';
export type { Pledge, PledgedKey } from './pledge.ts';
export { type Enrolment, judgeEnrolment, judgeIntent, judgeRenewal, type Renewal } from './registrar.ts';
