import { type Policy, type DocumentFinding, readPolicy } from '@keyward/core/policy';
import { inLine } from '@keyward/core/export';
import { readDocument } from './read-text.ts';
import { exit, print, printJson } from '../terminal/output.ts';

const printFindings = (file: string, findings: readonly DocumentFinding[], json: boolean): void => {
	if (json) {
		printJson({ findings });
		return;
	}
	for (const { line, column, message, code } of findings) {
		print(`${file}:${line}:${column} ${inLine(message)} [${code}]\n`);
	}
};

/** The policy in a file; or its findings are printed, the exit code is set, and there is none. */
export const policyIn = (file: string, json: boolean): Policy | null => {
	const read = readPolicy(readDocument(file));
	if ('policy' in read) return read.policy;
	printFindings(file, read.findings, json);
	process.exitCode = exit.finding;
	return null;
};
