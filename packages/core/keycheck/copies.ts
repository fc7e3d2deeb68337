/** What a folder or a file is called that holds what was kept of another: `backup`, `2025-03-01`, `old`. */
const KEPT =
	/^(?:__pycache__|backups?|bak|copy|copies|kopie|copie|copia|old|orig|original|archives?|snapshots?|save|saved|previous|previously|(?:19|20)\d\d(?:[-_.]?[01]\d(?:[-_.]?[0-3]\d)?)?(?:[T_-]?[0-2]\d[-:h_]?[0-5]\d(?:[-:_]?[0-5]\d)?Z?)?)$/i;
/** The same behind a name: `gateway-old`, `gateway (copy)`, `gateway (2)`, `gateway-2025-03-01`, `key.pem.bak`. */
const BEHIND =
	/(?:[-_. ](?:backup|bak|copy|kopie|copie|copia|old|orig|save|(?:19|20)\d\d[-_.]?[01]\d(?:[-_.]?[0-3]\d)?)| - (?:copy|kopie)| \((?:copy|kopie|old|\d{1,2})\)|~)$/i;
/** What only tests and examples are called. */
const TRIAL =
	/^(?:_*tests?_*|testing|testdata|test[-_](?:data|keys?|certs?|fixtures?)|fixtures?|specs?|e2e|examples?|samples?|mocks?|demos?)$/i;

/** What Python keeps beside a source. */
const BYTE_CODE = /\.cpython-\d{2,4}\.pyc$/;

const withoutCopy = (part: string): string => {
	let rest = part;
	while (BEHIND.test(rest)) rest = rest.replace(BEHIND, '');
	return rest;
};

const partsOf = (file: string): readonly string[] => file.split(/[/\\]/);

/** The path of a file without what tells one copy of it from another. */
export const withoutCopies = (file: string): string =>
	partsOf(file.replace(BYTE_CODE, '.py'))
		.filter((part) => !KEPT.test(part))
		.map(withoutCopy)
		.filter((part) => !KEPT.test(part))
		.join('/');

/** The parts of each path below the folder in which all lie. */
const belowCommon = (files: readonly string[]): readonly (readonly string[])[] => {
	const all = files.map(partsOf);
	const [first = []] = all;
	const differs = first.findIndex((part, at) => all.some((parts) => parts[at] !== part));
	return all.map((parts) => parts.slice(differs === -1 ? first.length : differs));
};

/**
 * True for files that are one file and its copies by their folders and names. False alarms: devices that are told apart by a date alone.
 */
export const areCopies = (files: readonly string[]): boolean =>
	files.length > 1 && new Set(files.map(withoutCopies)).size === 1;

/** True where each of these files lies among tests or examples, by a folder that the others do not all share. */
export const areTrials = (files: readonly string[]): boolean =>
	files.length > 1 && belowCommon(files).every((parts) => parts.slice(0, -1).some((part) => TRIAL.test(part)));

/** Folders of the root of a machine. */
const ROOT = /^(?:etc|usr|var|opt|lib|boot|run|root|srv|bin|sbin)$/;

/** True for files of one machine: its root is the folder in which all lie, and its settings are among them. */
export const areOfOneMachine = (files: readonly string[]): boolean => {
	const heads = new Set(belowCommon(files).map(([head = '']) => head));
	return heads.size > 1 && heads.has('etc') && [...heads].every((head) => ROOT.test(head));
};
