import { join } from 'node:path';
import { type Instant, type Milliseconds, minutes, Problem } from '@keyward/core';
import type { Policy } from '@keyward/core/policy';
import type { Clock, Grant, Signer } from '@keyward/core/port';
import { createFileKey, hasFileKey, makePrivateFolder, openFileKey } from '@keyward/custody';
import {
	type FileMap,
	publishFiles,
	readRepository,
	refreshTimestamp,
	type Repository,
	requireCurrent,
	requireForward,
	type RosterInForce,
	tufKeyId,
} from '@keyward/owner';
import { createMutex } from '../thread/mutex.ts';
import { requireFitting } from './judge-roster.ts';
import { ownerFiles } from './owner-files.ts';
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
	 * Takes what the owner signed, all or nothing; durable when it resolves. Throws `owner-not-trusted` for another root than the one
	 * that this site has, `roster-refused`, `roster-malformed`, `roster-stale`.
	 */
	publish(files: FileMap): Promise<Repository>;
	stop(): Promise<void>;
}

interface OwnerOptions {
	readonly folder: string;
	readonly sealFile: string | null;
	readonly clock: Clock;
	readonly policyOf: (application: string) => Policy | null;
	/** Told of the grants of each roster that comes into force, also at the start. */
	readonly onRoster: (application: string, grants: readonly Grant[]) => void;
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
		publish: (given) =>
			inTurn(async () => {
				const now = clock.now();
				const next = readRepository({ ...current?.files, ...newerThan(given, current) }, current?.pin ?? null);
				requireCurrent(next, now);
				requireOurKey(next, online);
				if (current !== null) requireForward(current, next);
				for (const [application, inForce] of next.rosters) {
					const policy = options.policyOf(application);
					if (policy === null)
						throw new Problem(
							'policy-unknown-application',
							`This site has no policy for ${application}: apply one first.`,
						);
					if (current?.rosters.get(application)?.hash !== inForce.hash) requireFitting(inForce, policy, now);
				}
				const served = await publishFiles(next, online, now, files);
				await stored.write(served);
				[files, signed] = [served, now];
				current = { ...next, files: served };
				tell(current);
				return current;
			}),
		stop: async () => {
			clearInterval(timer);
			await inTurn(async () => undefined);
		},
	};
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
