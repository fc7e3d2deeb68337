import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Problem } from '@keyward/core';
import { createChecks, type Finding, type Material } from '@keyward/core/keycheck';
import { givenPath, type Outcomes, scan, type ScanProblem, sharedFactorsInThreads } from '@keyward/scan';
import { type Command, Option } from 'commander';
import { baselineText, readBaseline, sift } from '../keycheck/baseline.ts';
import { csvReport } from '../keycheck/csv.ts';
import { jsonChunks } from '../keycheck/json-chunks.ts';
import { checkOutputs } from '../keycheck/outputs.ts';
import { publishedKeys } from '../keycheck/library.ts';
import { type Checked, type CheckOutcome, summarize } from '../keycheck/outcome.ts';
import { sarifReport } from '../keycheck/sarif.ts';
import { size, textReport } from '../keycheck/text-report.ts';
import { printChunks, writeFileWhole } from '../keycheck/output-chunks.ts';
import { exit, explainFailure, written } from '../terminal/output.ts';
import { askPassword } from './ask-password.ts';
import { readText } from './read-text.ts';
import { type ProgressLine, progressLine } from './progress-line.ts';

/** Problems that are kept word for word. */
const MOST_PROBLEMS = 10_000;

const count = (checked: Checked, material: Material): void => {
	if (material.kind === 'psk') checked.psks++;
	else if (material.kind === 'signature') checked.signatures++;
	else if (material.certificate !== null) checked.certificates++;
	else if (material.privateFound) checked.privateKeys++;
	else checked.publicKeys++;
};

interface Found {
	readonly outcomes: Outcomes;
	readonly checked: Checked;
	readonly findings: readonly Finding[];
	readonly problems: readonly ScanProblem[];
	readonly moreProblems: number;
}

/**
 * Nearly all that a scan makes is gone at once: a small place for what is new holds a million PSKs in 265 MB instead of 420, in
 * the same time.
 */
const keepMemorySmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');

const check = async (paths: readonly string[], known: readonly string[], line: ProgressLine): Promise<Found> => {
	const checks = createChecks({
		runKey: randomBytes(32),
		published: publishedKeys(),
		now: Date.now(),
		progress: (what, done, of) => line.show(`looking for weaknesses in ${what}: ${Math.floor((100 * done) / of)} %`),
	});
	const checked = { files: 0, bytes: 0, certificates: 0, publicKeys: 0, privateKeys: 0, psks: 0, signatures: 0 };
	const problems: ScanProblem[] = [];
	let moreProblems = 0;
	const { files, bytes, outcomes } = await scan(paths, {
		onMaterial(material) {
			count(checked, material);
			checks.add(material);
		},
		onProblem(problem) {
			if (problems.length < MOST_PROBLEMS) problems.push(problem);
			else moreProblems++;
		},
		onProgress: ({ file, files, bytes }) =>
			line.show(() => `${size(bytes)} read, file ${(files + 1).toLocaleString('en')}: ${file}`),
		passwords: { known, ask: askPassword(line) },
	});
	const moduli = checks.moduli();
	const factors = await sharedFactorsInThreads(moduli, Math.min(2, availableParallelism()), (done) =>
		line.show(`looking for shared primes: ${Math.floor((100 * done) / moduli.length)} %`),
	);
	const findings = checks.findings(factors);
	line.clear();
	return { outcomes, checked: { ...checked, files, bytes }, findings, problems, moreProblems };
};

interface Options {
	readonly json?: true;
	readonly sarif?: true;
	readonly csv?: true;
	readonly output?: string;
	readonly baseline?: string;
	readonly writeBaseline?: string;
	readonly all?: true;
	readonly passwordFile?: string;
}

/** Throws `Problem('file-unreadable')`. */
const checkPath = (path: string): void => {
	if (path === '-') return;
	const found = givenPath(path);
	if (found === null)
		throw new Problem(
			'file-unreadable',
			`${path} is no UTF-8, and its folder has no name or several that read so: give the folder, in which names may be in any encoding`,
		);
	if (!existsSync(Buffer.from(found, 'latin1')))
		throw new Problem('file-unreadable', `${path} is not there: check the path`);
};

/** The report in the form asked for; null for the one for a person. */
const machineReport = (options: Options, outcome: CheckOutcome, exitCode: number, version: string) => {
	const lines = function* (value: unknown): Generator<string> {
		yield* jsonChunks(value);
		yield '\n';
	};
	if (options.json) return lines(outcome);
	if (options.sarif) return lines(sarifReport(outcome, version, exitCode));
	return options.csv ? csvReport(outcome) : null;
};

const run = async (paths: readonly string[], options: Options, version: string): Promise<void> => {
	keepMemorySmall();
	const { output, baseline, writeBaseline, passwordFile, all = false } = options;
	for (const path of paths) checkPath(path);
	if (output !== undefined && !(options.json ?? options.sarif ?? options.csv))
		throw new Problem('request-malformed', '--output wants a form too: add --json, --sarif or --csv');
	checkOutputs([output, writeBaseline], paths, [passwordFile]);
	// Both before a long run: a mistake in a name shows at once.
	const before = baseline === undefined ? null : readBaseline(baseline);
	const passwords = passwordFile === undefined ? [] : readText(passwordFile).split(/\r?\n/).filter(Boolean);
	const {
		outcomes,
		checked,
		findings: found,
		problems: met,
		moreProblems,
	} = await check(paths, passwords, progressLine());
	if (writeBaseline !== undefined) writeFileWhole(writeBaseline, baselineText(found, met));
	const { findings, problems, known } = sift(before, found, met);
	const unread = moreProblems > 0 || problems.some(({ harmless }) => harmless !== true);
	const code = findings.length > 0 ? exit.finding : unread ? exit.unread : exit.held;
	const outcome: CheckOutcome = {
		outcomes,
		checked,
		summary: summarize(findings),
		known,
		findings,
		problems,
		moreProblems,
	};
	const report = machineReport(options, outcome, code, version);
	if (report !== null && output !== undefined) writeFileWhole(output, report);
	// Before the report: a reader of it that goes away changes no finding, but a report that did not get out is never a pass.
	process.exitCode = code === exit.held && output === undefined ? exit.misuse : code;
	await printChunks(report === null || output !== undefined ? textReport(outcome, all) : report);
	await written();
	process.exitCode = code;
};

const HELP = `
Reads every file at and under the given paths, by what is in it and not by its name:
  keys and certificates   PEM, DER, CSR, PKCS#7, PKCS#12, JWK, OpenSSH, authorized_keys, WireGuard
  pre-shared keys         CSV with a column such as psk or app_key, mosquitto psk_file, device exports of
                          ChirpStack and The Things Stack (CSV, JSON), keys with a name in source and settings
  firmware images         all of these at any place, also inside archives, compressed streams and SquashFS

Looks for keys that several devices share or that are published, RSA keys that can be factored, weak curves, reused
ECDSA nonces, pre-shared keys that can be guessed, certificates without end or with CA rights on a device.

Needs no service and no set-up, sends nothing anywhere, changes no file that it reads. Shows fingerprints, never a secret.
Exit code: 0 nothing found, 1 a finding, 2 misuse or failure, 3 nothing found but something was not read.

Examples:
  keyward keycheck devices.csv                          one list of pre-shared keys
  keyward keycheck certificates/ firmware-1.4.bin       a folder and an image, compared with each other
  keyward keycheck --password-file passwords.txt .      also what these passwords open (one a line)
  keyward keycheck --json . > report.json               for a script; every member of every finding
  keyward keycheck --sarif --output keys.sarif .        for a code host, and this report for the log
  keyward keycheck --baseline known.json .              in a pipeline: only what is new is a finding
  unsquashfs -cat image.bin etc/key.pem | keyward keycheck -    standard input`;

/** `keyward keycheck FILE|DIR…`: offline and without a site; exit code 0 clean, 1 findings, 2 misuse, 3 something was not read. */
export const register = (program: Command): void => {
	program
		.command('keycheck')
		.description('Find shared and weak keys in files of any fleet: certificates, keys, key lists, firmware images')
		.argument('<file|folder...>', 'what to read')
		.option('--password-file <file>', 'passwords for encrypted keys and PKCS#12, one a line (else asked on a terminal)')
		.option('--baseline <file>', 'leave out what this file knows: only what is new is a finding')
		.option('--write-baseline <file>', 'write a baseline of all that is found, to be reviewed and kept')
		.option('--all', 'name every member of every finding, and every problem')
		.addOption(new Option('--json', 'print JSON').conflicts(['sarif', 'csv']))
		.addOption(new Option('--sarif', 'print SARIF 2.1.0, for code hosts').conflicts(['json', 'csv']))
		.addOption(new Option('--csv', 'print CSV, a line for each place').conflicts(['json', 'sarif']))
		.option('--output <file>', 'write JSON, SARIF or CSV to this file, and print the report for a person')
		.addHelpText('after', HELP)
		.action(async (paths: readonly string[], options: Options) => {
			try {
				await run(paths, options, program.version() ?? '0');
			} catch (error) {
				process.exitCode = explainFailure(error, options.json === true);
			}
		});
};
