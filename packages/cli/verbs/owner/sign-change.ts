import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { writeDurably } from '@keyward/custody';
import {
	type Change,
	type FileMap,
	filesAfter,
	missingSignatures,
	parseChange,
	readRepository,
	releasesShownIn,
	requireOneForm,
	requireShown,
	rostersIn,
	signChange,
	writeChange,
} from '@keyward/owner';
import { inLine } from '@keyward/core/export';
import { print, tell } from '../../terminal/output.ts';
import { readText } from '../read-text.ts';
import { ask, type SiteOptions } from '../site.ts';
import { besideSigned, type OwnerFolder, pinOf, rememberSigned, requireOwnRoot } from './owner-folder.ts';
import { describeChange } from './change-description.ts';

/** Throws `Problem('file-unreadable')`, `Problem('request-malformed')`. */
export const readChange = (file: string): Change => parseChange(readText(file));

export const keepChange = async (file: string, change: Change): Promise<void> => {
	await writeDurably(file, writeChange(change), 'replace', 0o644);
};

/**
 * Verifies what the change begins with, shows in words what it does, `releases` among it, asks, and signs. Null when the person says no. Throws
 * `owner-not-trusted`, `roster-refused`, and `request-malformed` where nobody can be asked.
 */
export const showAndSign = async (
	owner: OwnerFolder,
	change: Change,
	yes: boolean,
	releases: readonly string[] | null = null,
): Promise<Change | null> => {
	requireOwnRoot(owner, filesAfter(change));
	if (Object.keys(change.base).length > 0) readRepository(change.base, pinOf(change.base));
	requireShown(filesAfter(change));
	requireOneForm(change.base, change.files);
	const shown = await besideSigned(owner, change);
	if (releases === null && changesReleases(shown))
		throw new Problem(
			'release-refused',
			'This change is of releases too, which are shown from their folder: sign it with keyward release sign.',
		);
	const rosters = rostersIn(filesAfter(change));
	for (const [application, { number }] of rosters) {
		const last = owner.record.signed[application] ?? 0;
		// Threat: an old state shown as that of today, so that what was taken away comes back unseen.
		if (number < last)
			throw new Problem(
				'roster-refused',
				`Roster ${number} of ${application} is older than number ${last}, which this key signed: nothing was signed.`,
			);
	}
	if (Object.keys(change.base).length > 0 && Object.keys(shown.base).some((file) => change.base[file] === undefined))
		tell('Shown against what this key signed last, which is newer than what this change begins with:\n');
	tell(`${[...describeChange(shown), ...(releases ?? [])].map(inLine).join('\n')}\n`);
	if (!yes && !(await agreed('Sign this?'))) return null;
	const signed = await signChange(change, owner.signer);
	const numbers = Object.fromEntries(Array.from(rosters, ([application, { number }]) => [application, number]));
	await rememberSigned(owner, filesAfter(signed), numbers);
	return signed;
};

/** Whether releases or who signs parts of them become others; signed again as they are, under new keys, they do not. */
const changesReleases = (change: Change): boolean => {
	const of = (files: FileMap): string =>
		JSON.stringify(Array.from(releasesShownIn(files), ([name, { releases, vendors }]) => [name, releases, vendors]));
	return of(change.base) !== of(filesAfter(change));
};

/** Throws `Problem('request-malformed')` without a terminal. */
const agreed = async (question: string): Promise<boolean> => {
	const { stdin, stderr } = process;
	if (!stdin.isTTY || !stderr.isTTY)
		throw new Problem('request-malformed', 'There is no terminal to ask on: read what is said above, then add --yes.');
	const { createInterface } = await import('node:readline/promises');
	const lines = createInterface({ input: stdin, output: stderr });
	try {
		return /^y(es)?$/i.test((await lines.question(`${question} (y/n) `)).trim());
	} finally {
		lines.close();
	}
};

/** Puts a change in force that needs no more signatures; keeps any other in the file, and says who is to sign it. */
export const publishOrKeep = async (change: Change, file: string, options: SiteOptions): Promise<void> => {
	const missing = missingSignatures(change);
	if (missing.length > 0) {
		await keepChange(file, change);
		const need = Math.max(...missing.map((one) => one.need - one.have));
		print(
			`${need} more signature${need === 1 ? '' : 's'}: carry ${file} to another signer (keyward roster sign), then keyward roster publish.\n`,
		);
		return;
	}
	const files = filesAfter(change);
	// What was signed is not lost with a site that is away: the first root of an owner is signed once.
	const isNew = !existsSync(file);
	await keepChange(file, change);
	await ask(options, 'owner.publish', { files }).catch((error: unknown) => {
		tell(`It is signed, and kept in ${file}: put it in force with keyward roster publish ${file}\n`);
		throw error;
	});
	if (isNew) await rm(file);
	print(`In force. The owner's root is ${pinOf(files)}\n`);
};
