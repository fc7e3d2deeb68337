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
export {
	type Enrolment,
	type Judgement,
	judgeEnrolment,
	judgeIntent,
	judgeRenewal,
	type Pledge,
	type PledgedKey,
	type Renewal,
} from './registrar.ts';
