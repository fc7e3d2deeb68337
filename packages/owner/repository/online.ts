import { hash } from 'node:crypto';
import { hours, type Instant, days } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { Metadata, MetadataKind, MetaFile, Snapshot, Timestamp } from '@tufjs/models';
import { addSignature, SPEC_VERSION, tufTime, writeMetadata } from './metadata.ts';
import { metadataFile, rosterRole } from './names.ts';
import { currentFiles, type Repository } from './repository.ts';
import { tufKeyId } from './tuf-key.ts';
import type { FileMap } from './verify.ts';

/** A device that hears no newer timestamp for this long knows that it is kept away. */
const TIMESTAMP_LASTS = hours(24);
const SNAPSHOT_LASTS = days(30);

/**
 * Versions of what the service signs rise with time, so that they never go back, not even after a restore from a backup: devices
 * would refuse what they had seen a later version of (TUF 1.0.31 §5.4.3). What another key signed is not counted from: a key that was
 * stolen may have signed the highest version there is, and devices forget its versions with it (§5.3.11, fast-forward).
 */
const versionAt = (now: Instant, last: number): number => Math.max(last + 1, Math.floor(now / 1000));

/** Everything that is served for this repository, with a new snapshot and timestamp by the service's key. */
export const publishFiles = async (
	repository: Repository,
	online: Signer,
	now: Instant,
	last: FileMap = {},
): Promise<FileMap> => {
	const files = currentFiles(repository);
	const version = versionAt(now, snapshotVersionIn(last, online));
	const meta: Record<string, MetaFile> = {
		'targets.json': new MetaFile({ version: repository.targets.signed.version }),
	};
	for (const [application, { version: of }] of repository.rosters)
		meta[`${rosterRole(application)}.json`] = new MetaFile({ version: of });
	// TUF 1.0.31 §5.6.4, mix-and-match: the release of today with the part of yesterday would be of no snapshot.
	for (const { role, version: of, vendors } of repository.releases.values())
		for (const one of [{ role, version: of }, ...vendors])
			if (one.version > 0) meta[`${one.role}.json`] = new MetaFile({ version: one.version });
	const snapshot = new Metadata(
		new Snapshot({ version, specVersion: SPEC_VERSION, expires: tufTime(now + SNAPSHOT_LASTS), meta }),
	);
	await addSignature(snapshot, online);
	const text = writeMetadata(snapshot);
	return {
		...files,
		[metadataFile('snapshot', version)]: text,
		'timestamp.json': await timestampOf({ version, text }, online, now, last),
	};
};

/** The same files with a new timestamp; with a new snapshot too, once half of its time is over. */
export const refreshTimestamp = async (
	repository: Repository,
	files: FileMap,
	online: Signer,
	now: Instant,
): Promise<FileMap> => {
	const version = snapshotVersionIn(files, online);
	const text = files[metadataFile('snapshot', version)];
	const until =
		text === undefined
			? 0
			: Date.parse(Metadata.fromJSON(MetadataKind.Snapshot, JSON.parse(text) as never).signed.expires);
	if (text === undefined || until - now < SNAPSHOT_LASTS / 2) return publishFiles(repository, online, now, files);
	return { ...files, 'timestamp.json': await timestampOf({ version, text }, online, now, files) };
};

const timestampOf = async (
	{ version, text }: { readonly version: number; readonly text: string },
	online: Signer,
	now: Instant,
	last: FileMap,
): Promise<string> => {
	const timestamp = new Metadata(
		new Timestamp({
			version: versionAt(now, timestampIn(last, online)?.signed.version ?? 0),
			specVersion: SPEC_VERSION,
			expires: tufTime(now + TIMESTAMP_LASTS),
			snapshotMeta: new MetaFile({
				version,
				length: Buffer.byteLength(text),
				hashes: { sha256: hash('sha256', text) },
			}),
		}),
	);
	await addSignature(timestamp, online);
	return writeMetadata(timestamp);
};

/** The last timestamp, where it was signed by this key. */
const timestampIn = (files: FileMap, online: Signer): Metadata<Timestamp> | null => {
	const text = files['timestamp.json'];
	const last = text === undefined ? null : Metadata.fromJSON(MetadataKind.Timestamp, JSON.parse(text) as never);
	return last !== null && Object.hasOwn(last.signatures, tufKeyId(online.publicKey)) ? last : null;
};

/** 0 before the first. */
const snapshotVersionIn = (files: FileMap, online: Signer): number =>
	timestampIn(files, online)?.signed.snapshotMeta.version ?? 0;
