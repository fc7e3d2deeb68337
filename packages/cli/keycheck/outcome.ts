import { type CheckId, type Finding, severities, type Severity } from '@keyward/core/keycheck';
import type { Outcomes, ScanProblem } from '@keyward/scan';

/** What was looked at, by kind. */
export interface Checked {
	files: number;
	bytes: number;
	certificates: number;
	publicKeys: number;
	privateKeys: number;
	psks: number;
	signatures: number;
}

/** A finding with what a baseline knows of it left out. */
export interface ReportedFinding extends Finding {
	/** Places beyond its members that the baseline knows. */
	readonly known: number;
}

/** What one check found. */
export interface CheckSummary {
	readonly check: CheckId;
	/** Of its worst finding. */
	readonly severity: Severity;
	readonly findings: number;
	readonly keys: number;
	readonly places: number;
}

/** What a baseline knows, and the report leaves out. */
export interface Known {
	readonly findings: number;
	readonly places: number;
	readonly unread: number;
}

export interface CheckOutcome {
	readonly outcomes: Outcomes;
	readonly checked: Checked;
	/** Worst first. */
	readonly summary: readonly CheckSummary[];
	readonly known: Known;
	/** Worst first. */
	readonly findings: readonly ReportedFinding[];
	readonly problems: readonly ScanProblem[];
	/** Files with problems beyond those that are listed. */
	readonly moreProblems: number;
}

/** The findings by check. */
export const summarize = (findings: readonly Finding[]): CheckSummary[] => {
	const byCheck = new Map<CheckId, Finding[]>();
	for (const finding of findings) {
		const group = byCheck.get(finding.check);
		if (group === undefined) byCheck.set(finding.check, [finding]);
		else group.push(finding);
	}
	return [...byCheck]
		.map(([check, group]) => ({
			check,
			severity: severities.find((one) => group.some(({ severity }) => severity === one)) ?? 'low',
			findings: group.length,
			keys: new Set(group.flatMap(({ members }) => members.map(({ fingerprint }) => fingerprint))).size,
			places: group.reduce((sum, { members }) => sum + members.length, 0),
		}))
		.toSorted((one, two) => severities.indexOf(one.severity) - severities.indexOf(two.severity));
};
