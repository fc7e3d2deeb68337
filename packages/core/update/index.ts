export type { Advisory, AdvisoryDocument, Statement, Status } from './advisory.ts';
export { statuses } from './advisory.ts';
export { type BillComponent, type BillOfMaterials, MOST_COMPONENTS, readBillOfMaterials } from './bill-of-materials.ts';
export { readBill, writeBill } from './bill-text.ts';
export {
	type AdvisoryIndex,
	type Exposure,
	findExposures,
	indexAdvisories,
	isExposed,
	type KnownDocument,
} from './exposure.ts';
export { type PackageUrl, parsePackageUrl, printPackageUrl } from './package-url.ts';
export { readAdvisory } from './read-advisory.ts';
export { isExpired, printSecurityText, type SecurityText, securityUri } from './security-text.ts';
export {
	type Chunks,
	type Installer,
	installers,
	judgeSigners,
	judgeTarget,
	LARGEST_IMAGE,
	MOST_CHUNKS,
	readRelease,
	type Release,
	writeRelease,
} from './release.ts';
export {
	isSoftwareVersion,
	readReleaseTarget,
	readVendorPattern,
	releaseFiles,
	type ReleaseName,
	releasePattern,
	releaseRole,
	type ReleaseTarget,
	releaseTarget,
	softwareVersionPattern,
	vendorPattern,
	vendorRole,
} from './release-target.ts';
export {
	datedBy,
	floorInForce,
	judgeFloor,
	NO_FLOOR,
	raisedBy,
	readFloor,
	type SecurityFloor,
	timeToJudgeBy,
	writeFloor,
} from './security-floor.ts';
export {
	abandoned,
	begin,
	confirmed,
	connected,
	fallenBack,
	fallingBack,
	installed,
	installing,
	isSettled,
	NOTHING_INSTALLED,
	overdue,
	type Phase,
	type PhaseName,
	readUpdateState,
	type Slots,
	staged,
	started,
	type Trial,
	TRIAL,
	type UpdateState,
	type UpdateTarget,
	writeUpdateState,
} from './update-state.ts';
export { advanceRollout, mayOffer, nextBegin, offer, resumeRollout, type RolloutStep } from './advance-rollout.ts';
export {
	beginDevices,
	joinDevice,
	judgeStaged,
	type Member,
	type Ring,
	type Rollout,
	type RolloutDevice,
	type RolloutStage,
	rolloutStages,
	type RolloutState,
	rolloutStates,
	type RolloutTerms,
} from './rollout.ts';
export {
	dueTrial,
	isRefusal,
	type RefusedRelease,
	type RollbackTrial,
	TRIAL_AGAIN,
	TRIAL_COUNTS_FOR,
	TRIAL_EVERY,
	type TrialImage,
} from './rollback-trial.ts';
export { type DeviceHealth, isOlder } from './rollout-gate.ts';
export { readRollout, readRolloutDevice, writeRollout, writeRolloutDevice } from './rollout-text.ts';
