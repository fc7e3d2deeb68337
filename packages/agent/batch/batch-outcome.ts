import { type Instant, Problem } from '@keyward/core';
import { keyThumbprint } from '@keyward/core/format/public-key';
import { streamKeyThumbprint } from '../enrolment/register-key.ts';
import type { Identity } from '../identity/identity.ts';
import type { BatchRow } from './batch-row.ts';

/** What stands of each device in the result file, in this order. Nothing of it is secret. */
export const outcomeFields = [
	'device',
	/** `waiting`, `done` or `failed`. */
	'state',
	'application',
	/** SHA-256 of the key's SubjectPublicKeyInfo, lower-case hex. */
	'key',
	/** Thumbprint of its stream key (RFC 9679), lower-case hex: for anyone who signs the roster. */
	'streamKey',
	/** Of its certificate, in hex. */
	'serial',
	/** notAfter. */
	'until',
	'custody',
	/** Who vouched to the service that the key is there: `claimed`, or `attested` by the part itself. */
	'proof',
	/** `yes` where the part only behaves like hardware. */
	'emulated',
	'folder',
	/** Why it failed; a sentence alone says what is not as it could be. */
	'code',
	'detail',
	/** When it was done, or failed. */
	'at',
] as const;

type OutcomeField = (typeof outcomeFields)[number];

export const outcomeStates = ['waiting', 'done', 'failed'] as const;

/** Where one device of a batch stands. What is not known, or not so, is null; moments are in ISO 8601. */
export type BatchOutcome = Readonly<
	Record<Exclude<OutcomeField, 'device' | 'state' | 'custody' | 'folder'>, string | null>
> & {
	readonly device: string;
	readonly state: (typeof outcomeStates)[number];
	readonly custody: string;
	readonly folder: string;
};

export const waiting = ({ device, folder, hardware }: BatchRow): BatchOutcome => ({
	device,
	state: 'waiting',
	application: null,
	key: null,
	streamKey: null,
	serial: null,
	until: null,
	custody: custodyOf(hardware),
	proof: null,
	emulated: null,
	folder,
	code: null,
	detail: null,
	at: null,
});

/** `remarks` are those of its commissioning. */
export const done = (row: BatchRow, identity: Identity, remarks: readonly string[], at: Instant): BatchOutcome => {
	const { application, leaf, attested, emulated } = identity;
	return {
		...waiting(row),
		state: 'done',
		application,
		key: Buffer.from(keyThumbprint(leaf.publicKey)).toString('hex'),
		streamKey: streamKeyThumbprint(identity),
		serial: leaf.serial,
		until: new Date(leaf.notAfter).toISOString(),
		// The service admits no part whose word does not hold.
		proof: attested === true ? 'attested' : 'claimed',
		emulated: emulated === true ? 'yes' : null,
		detail: remarks.length === 0 ? null : remarks.join(' '),
		at: new Date(at).toISOString(),
	};
};

/** What is no `Problem`, such as a full disk, stays this device's own matter too. */
export const failed = (row: BatchRow, error: unknown, at: Instant): BatchOutcome => {
	const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
	const { code, detail } =
		error instanceof Problem
			? error
			: isFull
				? {
						code: 'file-unreadable',
						detail: `There is no room left for ${row.folder} on its disk, or in the quota of this account: free some.`,
					}
				: { code: 'internal', detail: error instanceof Error ? error.message : String(error) };
	return { ...waiting(row), state: 'failed', code, detail, at: new Date(at).toISOString() };
};

/** `software` for a key in a file. */
export const custodyOf = (hardware: BatchRow['hardware']): string => hardware?.custody ?? 'software';
