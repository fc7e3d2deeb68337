export {
	issuingAuthorityCertificate,
	linkCertificate,
	serviceAuthorityCertificate,
	serviceCertificate,
	type ServiceNames,
	siteRootCertificate,
} from './authority-profile.ts';
export { judgeHolder, judgeToken, judgeUnspent } from './client-authentication.ts';
export {
	issuedAt,
	principalCertificate,
	principalSubject,
	type StatusAddresses,
	UNASKED_LIFETIME,
} from './certificate-profile.ts';
export { type Commissioning, formatCommissioning, parseCommissioning } from './commissioning-string.ts';
export { custodyProof, expectedBy } from './custody-proof.ts';
export { type Expectation, expectPrincipal, TOKEN_LIFETIME, tokenHash } from './expectation.ts';
export { type CertifiedUse, lastKeyChange } from './key-age.ts';
export {
	askedOf,
	type AskedOfDevice,
	ASKS_NOTHING,
	type DeviceStanding,
	dueOf,
	type Exercise,
	type ExercisedDevice,
	EXERCISE_PATIENCE,
	hasWayBack,
	kindWanted,
	readExercise,
	type SaidOfKeys,
	standingOf,
	writeExercise,
} from './key-exercise.ts';
export { keyStrength, type KeyStrength } from './key-strength.ts';
export { authorityPin, judgeOtherCertificate, type OtherCertificate, readOtherAuthority } from './other-certificate.ts';
export { isPresent } from './present-certificate.ts';
export type { Judgement } from './judgement.ts';
export { findNonConformities, judgePledge, type KeyRequest, type RequestedKey } from './requested-key.ts';
export { judgeRegisteredKey, proveKey, registeredThumbprint } from './registered-key.ts';
export { type Enrolment, judgeEnrolment, judgeIntent, judgeRenewal, type Renewal } from './registrar.ts';
export { ocspResponderCertificate } from './responder-profile.ts';
export {
	certificateStatus,
	CRL_LIFETIME,
	OCSP_LIFETIME,
	isListed,
	type ListedCertificate,
	listedCertificate,
	revocationList,
} from './revocation-list.ts';
