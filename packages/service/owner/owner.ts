import { join } from 'node:path';
import { type Instant, type Milliseconds, minutes, Problem } from '@keyward/core';
import type { Policy } from '@keyward/core/policy';
import type { Clock, Grant, Signer } from '@keyward/core/port';
import { createFileKey, hasFileKey, makePrivateFolder, openFileKey } from '@keyward/custody';
import {
	type FileMap,
	filesOf,
	publishFiles,
	readRepository,
	readTargetFile,
	refreshTimestamp,
	type Repository,
	requireCurrent,
	requireForward,
	type RosterInForce,
	type SignedFile,
	targetApplication,
	tufKeyId,
} from '@keyward/owner';
import { createMutex } from '../thread/mutex.ts';
import { requireFittingReleases } from './judge-release.ts';
import { requireFitting } from './judge-roster.ts';
import type { LearnReleases } from './learn-releases.ts';
import { ownerFiles } from './owner-files.ts';
import type { ReleaseFiles } from './release-files.ts';
import { rosterGrants } from './roster-grants.ts';

/** The repository of the site's owner: taken only where the owner's offline keys signed it, served to devices and readers. */
export interface Owner {
	/** SubjectPublicKeyInfo of the key for snapshot and timestamp, which the owner's root names. */
	readonly onlineKey: Uint8Array;
	/** SHA-256 of root.json version 1, lower-case hex; null before the site has an owner. */
	pin(): string | null;
	/** What is in force; null before the site has an owner. */
	repository(): Repository | null;
	roster(application: string): RosterInForce | null;
	/** Everything that is served, by its name in the repository. */
	files(): FileMap;
	/**
	 * Takes what the owner signed, all or nothing; durable when it resolves. Contents of releases that are not here yet are looked for
	 * in `from`. Throws `owner-not-trusted` for another root than the one that this site has, `roster-refused`, `roster-malformed`,
	 * `roster-stale`, `release-refused`, `release-signers`, `release-malformed`, `bill-of-materials`, `disk-short`.
	 */
	publish(files: FileMap, from?: string): Promise<Repository>;
	/** The contents of a release's file that is in force, by its name in the repository; null for any other name. */
	artefact(name: string): SignedFile | null;
	stop(): Promise<void>;
}

interface OwnerOptions {
	readonly folder: string;
	readonly sealFile: string | null;
	readonly clock: Clock;
	readonly policyOf: (application: string) => Policy | null;
	/** Told of the grants of each roster that comes into force, also at the start. */
	readonly onRoster: (application: string, grants: readonly Grant[]) => void;
	/** Contents of releases, and what the site takes from them. */
	readonly contents: ReleaseFiles & LearnReleases;
	readonly report: (error: unknown) => void;
}

const KEY = 'online';
/** A quarter of what a timestamp lasts, so that a service that was away for hours is back in time. */
const SIGN_EVERY: Milliseconds = minutes(360);
const LOOK_EVERY: Milliseconds = minutes(10);

/** Throws `Problem('key-file')`, `Problem('store-failed')`. */
export const openOwner = async (options: OwnerOptions): Promise<Owner> => {
	const { folder, clock, onRoster, report } = options;
	const online = await openOrMakeKey(folder, options.sealFile);
	const stored = ownerFiles(folder);
	const inTurn = createMutex();
	let files = await stored.read();
	let current: Repository | null = files['1.root.json'] === undefined ? null : readRepository(files, null);
	let signed: Instant = 0;

	const tell = (repository: Repository): void => {
		for (const [application, inForce] of repository.rosters) onRoster(application, rosterGrants(inForce));
	};
	const sign = async (): Promise<void> => {
		if (current === null) return;
		const next = await refreshTimestamp(current, files, online, clock.now());
		await stored.write(next);
		[files, signed] = [next, clock.now()];
	};
	if (current !== null) {
		// A crash may have come between what was put in force and what was learnt of it.
		for (const inForce of current.releases.values()) await options.contents.learn(inForce).catch(report);
		tell(current);
		await inTurn(sign);
	}
	const timer = setInterval(() => {
		if (clock.now() - signed >= SIGN_EVERY) void inTurn(sign).catch(report);
	}, LOOK_EVERY);

	return {
		onlineKey: online.publicKey,
		pin: () => current?.pin ?? null,
		repository: () => current,
		roster: (application) => current?.rosters.get(application) ?? null,
		files: () => files,
		publish: (given, from) =>
			inTurn(async () => {
				const now = clock.now();
				const next = readRepository({ ...current?.files, ...newerThan(given, current) }, current?.pin ?? null);
				requireCurrent(next, now);
				requireOurKey(next, online);
				if (current !== null) requireForward(current, next);
				const policyOf = (application: string): Policy => {
					const policy = options.policyOf(application);
					if (policy !== null) return policy;
					throw new Problem(
						'policy-unknown-application',
						`This site has no policy for ${application}: apply one first.`,
					);
				};
				for (const [application, inForce] of next.rosters) {
					const policy = policyOf(application);
					if (current?.rosters.get(application)?.hash !== inForce.hash) requireFitting(inForce, policy, now);
				}
				for (const [application, inForce] of next.releases) {
					const policy = policyOf(application);
					const before = current?.releases.get(application) ?? null;
					if (before?.version !== inForce.version) requireFittingReleases(next, { application, before, policy, now });
				}
				await admitContents(next, current, options.contents, from ?? null);
				const served = await publishFiles(next, online, now, files);
				await stored.write(served);
				[files, signed] = [served, now];
				current = { ...next, files: served };
				for (const inForce of next.releases.values()) await options.contents.learn(inForce);
				await options.contents.keepOnly(filesOfAll(next));
				tell(current);
				return current;
			}),
		artefact: (name) => {
			const asked = readTargetFile(name);
			if (asked === null) return null;
			const application = targetApplication(name);
			const inForce = application === null ? undefined : current?.releases.get(application);
			const files = inForce === undefined ? [] : filesOf(inForce);
			return files.find(({ path, sha256 }) => path === asked.path && sha256 === asked.sha256) ?? null;
		},
		stop: async () => {
			clearInterval(timer);
			await inTurn(async () => undefined);
		},
	};
};

const filesOfAll = (repository: Repository | null): SignedFile[] =>
	[...(repository?.releases.values() ?? [])].flatMap(filesOf);

/** Has what the releases sign here, verified and readable, before anything of it is in force; nothing of it stays where it is refused. */
const admitContents = async (
	next: Repository,
	current: Repository | null,
	contents: OwnerOptions['contents'],
	from: string | null,
): Promise<void> => {
	const held = filesOfAll(current);
	const known = new Set(held.map(({ path }) => path));
	const releases = [...next.releases.values()].flatMap((one) => one.releases);
	try {
		await contents.take(filesOfAll(next), from);
		await contents.check(releases.filter(({ image }) => !known.has(image.path)));
	} catch (error) {
		await contents.keepOnly(held);
		throw error;
	}
};

/** Snapshot and timestamp are the service's to make: what comes of them from outside is not looked at. */
const withoutOnline = (files: FileMap): FileMap =>
	Object.fromEntries(Object.entries(files).filter(([name]) => !/^(\d+\.snapshot|timestamp)\.json$/.test(name)));

/** What is in force keeps its contents: a file of a name that counts already is refused where it differs. */
const newerThan = (given: FileMap, current: Repository | null): FileMap => {
	for (const [name, text] of Object.entries(withoutOnline(given))) {
		const known = current?.files[name];
		if (known !== undefined && known !== text)
			throw new Problem(
				name === '1.root.json' ? 'owner-not-trusted' : 'roster-refused',
				`${name} is in force with other contents: prepare the change from what \`keyward owner show\` says now.`,
			);
	}
	return withoutOnline(given);
};

const requireOurKey = ({ root }: Repository, { publicKey }: Signer): void => {
	const named = [root.signed.roles['timestamp'], root.signed.roles['snapshot']];
	if (named.every((role) => role?.threshold === 1 && role.keyIDs.includes(tufKeyId(publicKey)))) return;
	throw new Problem(
		'roster-refused',
		"The owner's root names another key for snapshot and timestamp than this service's: prepare it with the key that keyward owner show prints.",
	);
};

const openOrMakeKey = async (folder: string, sealFile: string | null): Promise<Signer> => {
	const keys = join(folder, 'keys');
	const seal = sealFile === null ? {} : { sealFile };
	if (await hasFileKey(keys, KEY)) return openFileKey(keys, KEY, seal);
	await makePrivateFolder(folder);
	return createFileKey(keys, KEY, 'P-256', seal);
};
