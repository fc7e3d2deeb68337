import { hash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { isAbsolute } from 'node:path';
import { checkTitles, type Member, severities, type Severity } from '@keyward/core/keycheck';
import type { ScanProblem } from '@keyward/scan';
import { placeOf } from './baseline.ts';
import type { CheckOutcome, ReportedFinding } from './outcome.ts';

/** Code hosts read no more places of a result than this. */
const MOST_RELATED = 1000;

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
	critical: 'error',
	high: 'error',
	medium: 'warning',
	low: 'note',
};
/** What GitHub sorts by, on the scale of CVSS. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.0', low: '2.0' };

/** A path as a URI: relative to where the command ran unless it is absolute. */
const uriOf = (file: string): string => {
	if (isAbsolute(file)) return pathToFileURL(file).href;
	const path = file.replace(/^(\.\/)+/, '');
	return path === '-' ? 'stdin' : path.split('/').map(encodeURIComponent).join('/');
};

/** Line 1 where no line is told: code hosts refuse a place without one. */
const physical = (file: string, label: string) => ({
	artifactLocation: { uri: uriOf(file) },
	region: { startLine: Math.max(1, Number(/\bline (\d+)/.exec(label)?.[1] ?? 1)) },
});

const placed = ({ file, label, fingerprint }: Member, id?: number) => ({
	id,
	physicalLocation: physical(file, label),
	message: { text: `${label}, fingerprint ${fingerprint}` },
});

const result = (finding: ReportedFinding, ruleIndex: number) => {
	const { check, severity, detail, attack, mend, members } = finding;
	const [first, ...others] = members;
	const related = others.slice(0, MOST_RELATED);
	const more = others.length - related.length;
	const places = `${members.length === 1 ? '' : ` ${members.length} places fall together.`}${more > 0 ? ` ${more} of them are not listed here.` : ''}`;
	return {
		ruleId: check,
		ruleIndex,
		level: levels[severity],
		message: { text: `${detail}${places} ${attack} ${mend}` },
		locations: first === undefined ? [] : [placed(first)],
		relatedLocations: related.length === 0 ? undefined : related.map((one, index) => placed(one, index + 1)),
		partialFingerprints:
			first === undefined ? undefined : { 'keycheck/v1': hash('sha256', placeOf(finding, first)).slice(0, 32) },
		properties: { severity },
	};
};

const notification = ({ file, reason, first }: ScanProblem) => ({
	level: 'warning',
	message: { text: `Not read: ${reason}${first === null ? '' : `, ${first}`}` },
	locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }],
});

function* mapped<From, To>(many: Iterable<From>, to: (one: From) => To): Generator<To> {
	for (const one of many) yield to(one);
}

/** The report as SARIF 2.1.0 (OASIS), whose long lists are iterables. */
export const sarifReport = (outcome: CheckOutcome, version: string, exitCode: number) => {
	const { findings, problems, moreProblems, summary } = outcome;
	const rules = summary.map(({ check }) => check);
	const worst = (check: string): Severity =>
		severities.find((one) => findings.some((finding) => finding.check === check && finding.severity === one)) ?? 'low';
	return {
		$schema: 'https://json.schemastore.org/sarif-2.1.0.json',
		version: '2.1.0',
		runs: [
			{
				tool: {
					driver: {
						name: 'keyward keycheck',
						semanticVersion: version,
						rules: rules.map((check) => {
							const example = findings.find((one) => one.check === check);
							return {
								id: check,
								shortDescription: { text: checkTitles[check] },
								fullDescription: { text: `${checkTitles[check]}.` },
								help: { text: `${example?.attack ?? ''} ${example?.mend ?? ''}`.trim() },
								defaultConfiguration: { level: levels[worst(check)] },
								properties: { 'security-severity': scores[worst(check)], tags: ['security'] },
							};
						}),
					},
				},
				columnKind: 'utf16CodeUnits',
				invocations: [
					{
						executionSuccessful: true,
						exitCode,
						toolExecutionNotifications: (function* () {
							yield* mapped(problems, notification);
							if (moreProblems > 0)
								yield { level: 'warning', message: { text: `${moreProblems} more problems are not listed.` } };
						})(),
					},
				],
				results: mapped(findings, (finding) => result(finding, rules.indexOf(finding.check))),
			},
		],
	};
};
