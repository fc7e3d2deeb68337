import { hash } from 'node:crypto';
import { type Instant, Problem } from '@keyward/core';
import { parseRoster, type Roster } from '@keyward/core/seal/roster';
import type { Metadata, Root, Targets } from '@tufjs/models';
import { applicationOf, metadataFile, readMetadataName, releasesOf, rosterTarget, targetFile } from './names.ts';
import { parseRoot } from './metadata.ts';
import { requireRoleList } from './role-list.ts';
import { readReleases, type ReleasesInForce, requireReleasesForward } from './releases.ts';
import { type FileMap, newest, refused, requireOneIdEach, requireSigned } from './verify.ts';

/** An application's roster as its signers put it in force. */
export interface RosterInForce {
	readonly roster: Roster;
	/** SHA-256 of `text`, lower-case hex: what epochs name. */
	readonly hash: string;
	readonly text: string;
	/** Version of the delegated role. */
	readonly version: number;
	/** How many different keys must sign, and of how many. */
	readonly threshold: number;
	readonly keys: number;
}

/** An owner's repository whose every signature was verified from the pinned root on. */
export interface Repository {
	/** SHA-256 of root.json version 1, lower-case hex: the anchor. */
	readonly pin: string;
	readonly root: Metadata<Root>;
	readonly targets: Metadata<Targets>;
	readonly rosters: ReadonlyMap<string, RosterInForce>;
	/** By application. Their images are not among `files`: a release is large. */
	readonly releases: ReadonlyMap<string, ReleasesInForce>;
	readonly files: FileMap;
}

/**
 * Verifies what the owner's offline keys signed, from root version 1 on: the chain of roots (TUF 1.0.31 §5.3), the targets, and
 * every roster under its own threshold. `pin` is the anchor; null takes root version 1 as it is, once, where a site gets its owner.
 * Throws `owner-not-trusted` for another root, `roster-refused` for all else.
 */
export const readRepository = (files: FileMap, pin: string | null): Repository => {
	const first = files['1.root.json'];
	if (first === undefined) throw refused('it has no 1.root.json');
	const own = hash('sha256', first);
	if (pin !== null && own !== pin) {
		throw new Problem(
			'owner-not-trusted',
			`This repository begins with another root (${own}) than the one that was pinned (${pin}).`,
		);
	}
	const root = readRoots(files, first);
	const targets = newest(files, 'targets');
	if (targets === null) throw refused('it has no targets.json');
	requireSigned(root, 'targets', targets.metadata);
	const rosters = readRosters(files, targets.metadata);
	const releases = readReleases(files, targets.metadata);
	requireRoleList(targets.metadata.signed);
	return { pin: own, root, targets: targets.metadata, rosters, releases, files };
};

/** Throws `roster-stale` when something of it has expired: nobody could use it. */
export const requireCurrent = ({ root, targets, rosters }: Repository, now: Instant): void => {
	const late = [
		{ what: 'the root', until: Date.parse(root.signed.expires) },
		{ what: 'the list of rosters', until: Date.parse(targets.signed.expires) },
		...Array.from(rosters.values(), ({ roster: { application, expires } }) => ({
			what: `the roster of ${application}`,
			until: expires,
		})),
	].find(({ until }) => !(until > now));
	if (late !== undefined)
		throw new Problem('roster-stale', `Of what the owner signed, ${late.what} has expired: sign it again.`);
};

const readRoots = (files: FileMap, first: string): Metadata<Root> => {
	let root = parseRoot(first, '1.root.json');
	requireRoot(root, 1);
	requireSigned(root, 'root', root);
	for (let version = 2; files[metadataFile('root', version)] !== undefined; version++) {
		const file = metadataFile('root', version);
		const next = parseRoot(files[file] ?? '', file);
		requireRoot(next, version);
		// TUF §5.3.4: by the keys of the root before and by its own, or one stolen key of the next would do.
		requireSigned(root, 'root', next);
		requireSigned(next, 'root', next);
		root = next;
	}
	return root;
};

const requireRoot = ({ signed }: Metadata<Root>, version: number): void => {
	if (signed.version !== version)
		throw refused(`${metadataFile('root', version)} says that it is version ${signed.version}`);
	if (!signed.consistentSnapshot) throw refused('its root is without consistent snapshots');
	requireOneIdEach(Object.values(signed.keys));
};

const readRosters = (files: FileMap, targets: Metadata<Targets>): Map<string, RosterInForce> => {
	const rosters = new Map<string, RosterInForce>();
	const { delegations } = targets.signed;
	requireOneIdEach(Object.values(delegations?.keys ?? {}));
	for (const [name, role] of Object.entries(delegations?.roles ?? {})) {
		const application = applicationOf(name);
		// A role that nobody here knows could speak for a roster or a release before its own does.
		if (application === null && releasesOf(name)?.vendor !== null) throw refused(`the role ${name} is not known here`);
		if (application === null) continue;
		const path = rosterTarget(application);
		// A role that could speak for another application's roster, or a second voice for this one.
		if (role.paths?.length !== 1 || role.paths[0] !== path || !role.terminating)
			throw refused(`the role ${name} signs more than ${path}`);
		if (targets.signed.targets[path] !== undefined) throw refused(`${path} is signed by two roles`);
		const found = newest(files, name);
		if (found === null) continue;
		requireSigned(targets, name, found.metadata);
		rosters.set(application, readRoster(files, application, role, found.metadata));
	}
	return rosters;
};

const readRoster = (
	files: FileMap,
	application: string,
	role: { readonly keyIDs: readonly string[]; readonly threshold: number },
	{ signed }: Metadata<Targets>,
): RosterInForce => {
	const path = rosterTarget(application);
	const target = signed.targets[path];
	if (target === undefined || Object.keys(signed.targets).length !== 1)
		throw refused(`the role of ${path} must name it alone`);
	const sha256 = target.hashes['sha256'] ?? '';
	const text = files[targetFile(path, sha256)] ?? '';
	if (hash('sha256', text) !== sha256 || Buffer.byteLength(text) !== target.length)
		throw refused(`the contents of ${path} are not there, or not what was signed`);
	const roster = requireRosterOf(text, application);
	// One date for one roster: those that look at the metadata and those that look at its contents must agree.
	if (Math.floor(roster.expires / 1000) !== Math.floor(Date.parse(signed.expires) / 1000))
		throw refused(`${path} and its signature expire at different times`);
	return {
		roster,
		hash: sha256,
		text,
		version: signed.version,
		threshold: role.threshold,
		keys: new Set(role.keyIDs).size,
	};
};

/** Reads a roster that must be of this application. Throws `Problem('roster-malformed')`. */
export const requireRosterOf = (text: string, application: string): Roster => {
	const roster = parseRoster(new TextEncoder().encode(text));
	if (roster.application === application) return roster;
	throw new Problem('roster-malformed', `This roster is of ${roster.application}, and not of ${application}.`);
};

/** The files that make up the present state: every root, and of each role the newest, with the contents of rosters. */
export const currentFiles = ({ files, targets, rosters, releases }: Repository): FileMap => {
	const kept = Object.keys(files).filter((file) => readMetadataName(file)?.role === 'root');
	kept.push(metadataFile('targets', targets.signed.version));
	for (const [application, { version, hash: sha256 }] of rosters)
		kept.push(metadataFile(`rosters/${application}`, version), targetFile(rosterTarget(application), sha256));
	for (const { role, version, vendors } of releases.values()) {
		kept.push(metadataFile(role, version));
		for (const vendor of vendors) if (vendor.version > 0) kept.push(metadataFile(vendor.role, vendor.version));
	}
	return Object.fromEntries(kept.map((file) => [file, files[file] ?? '']));
};

/**
 * What `next` changes, judged against what is in force: nothing may go back (TUF §5.3.5, §5.5.5, §5.6.4), and a name stands for one
 * content. Throws `Problem('roster-refused')`.
 */
export const requireForward = (current: Repository, next: Repository): void => {
	const back = (what: string, from: number, to: number): void => {
		if (to < from) throw refused(`${what} goes back from version ${from} to ${to}`);
	};
	back('the root', current.root.signed.version, next.root.signed.version);
	back('the list of rosters', current.targets.signed.version, next.targets.signed.version);
	for (const [application, { version, roster, hash: sha256 }] of current.rosters) {
		const after = next.rosters.get(application);
		if (after === undefined) throw refused(`the roster of ${application} is gone`);
		back(`the roster of ${application}`, version, after.version);
		back(`the number of the roster of ${application}`, roster.number, after.roster.number);
		if (after.roster.number === roster.number && after.hash !== sha256)
			throw refused(`two rosters of ${application} have the number ${roster.number}`);
	}
	requireReleasesForward(current.releases, next.releases);
	const kept = currentFiles(current);
	for (const [file, text] of Object.entries(kept)) {
		const now = next.files[file];
		if (now !== undefined && now !== text) throw refused(`${file} was changed after it was in force`);
	}
};
