import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { Problem } from '@keyward/core';

/** How the reports and baselines of keycheck begin. */
const OURS =
	/^\{\s*"(?:outcomes|format"\s*:\s*"keyward keycheck|\$schema"\s*:\s*"[^"]*sarif)|^severity,check,finding,found,/;

const beginsAsOurs = (file: string): boolean => {
	const head = Buffer.alloc(256);
	const open = openSync(file, 'r');
	try {
		return OURS.test(head.toString('utf8', 0, readSync(open, head)));
	} finally {
		closeSync(open);
	}
};

const statsOf = (path: string) => statSync(path, { throwIfNoEntry: false });

/**
 * Refuses to write over what is read: a file that is one of the inputs, or that lies in a folder of them and is no earlier report.
 * Throws `Problem('request-malformed')`.
 */
export const checkOutputs = (
	outputs: readonly (string | undefined)[],
	inputs: readonly string[],
	kept: readonly (string | undefined)[],
): void => {
	const names = outputs.flatMap((name) => (name === undefined ? [] : [name]));
	const [first, second] = names.map((name) => statsOf(name));
	const [one, other] = names;
	if (
		other !== undefined &&
		(resolve(one ?? '') === resolve(other) ||
			(first?.isFile() && first.ino === second?.ino && first.dev === second.dev))
	)
		throw new Problem('request-malformed', `${other} would be written twice: give two names`);
	for (const output of names) {
		const stats = statsOf(output);
		if (stats === undefined || !stats.isFile()) continue;
		const real = realpathSync(output);
		const refuse = (what: string): Problem =>
			new Problem('request-malformed', `${output} ${what}, and would be overwritten: give another name`);
		for (const path of [...inputs, ...kept]) {
			const given = path === undefined || path === '-' ? undefined : statsOf(path);
			if (given === undefined || path === undefined) continue;
			if (given.ino === stats.ino && given.dev === stats.dev) throw refuse('is read itself');
			const folder = realpathSync(path);
			const lies = given.isDirectory() && real.startsWith(folder.endsWith(sep) ? folder : folder + sep);
			if (lies && !beginsAsOurs(output)) throw refuse(`lies in ${path}, which is read`);
		}
	}
};
