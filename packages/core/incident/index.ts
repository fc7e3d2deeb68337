export {
	type Containment,
	type ContainmentStep,
	containmentSteps,
	isTainted,
	nextStep,
	rekeyScopes,
	type RekeyWanted,
	sinceEarlier,
	type TaintedSpan,
} from './containment.ts';
export {
	type Detector,
	type DetectorName,
	detectorNames,
	type DeviceDetector,
	detectors,
	type IncidentCause,
	incidentCauses,
} from './detector.ts';
export type { Incident } from './incident.ts';
