import { Problem } from '@keyward/core';
import { parseCommissioning } from '@keyward/core/enrol/commissioning-string';
import type { Clock } from '@keyward/core/port';
import { commission, type CommissionOptions } from '../enrolment/commission.ts';
import { type Identity, openIdentity, readIdentityRecord } from '../identity/identity.ts';
import { custodyOf, done, failed, type BatchOutcome } from './batch-outcome.ts';
import type { BatchRecord } from './batch-record.ts';
import type { BatchRow } from './batch-row.ts';

export interface BatchOptions extends Pick<CommissionOptions, 'allowPlainKey' | 'sealFile'> {
	readonly rows: readonly BatchRow[];
	readonly record: BatchRecord;
	/** The application that a device is to join, where that is known without its string. */
	readonly applicationOf: (row: BatchRow) => Promise<string | null>;
	/** The commissioning string of a device; asked only for one that is not commissioned yet. */
	readonly stringOf: (row: BatchRow) => Promise<string>;
	/** So many at once. */
	readonly parallel: number;
	readonly clock: Clock;
	/** Once aborted, no other device is begun; those under way end. */
	readonly signal: AbortSignal;
	readonly onBegin?: (device: string) => void;
	/** After the outcome is on the disk; `before`: it was done by an earlier run. */
	readonly onOutcome?: (outcome: BatchOutcome, before: boolean) => void;
}

/**
 * Commissions every device of a batch that is not yet, some at once; each outcome is recorded as soon as it is known, and one
 * that fails stops no other. Cut short anywhere, the same call again goes on: what is done is left alone, what failed or was
 * under way is tried again with the keys that it has. Throws only what the record throws.
 */
export const commissionBatch = async (options: BatchOptions): Promise<void> => {
	const { rows, record, parallel, signal, applicationOf, onBegin, onOutcome } = options;
	const queue = rows[Symbol.iterator]();
	const station = async (): Promise<void> => {
		for (const row of queue) {
			if (signal.aborted) return;
			const earlier = record.of(row.device);
			const application = await applicationOf(row);
			if (earlier !== undefined && isDone(earlier, row, application)) {
				onOutcome?.(earlier, true);
				continue;
			}
			onBegin?.(row.device);
			const outcome = await attempt(row, application, options);
			await record.put(outcome);
			onOutcome?.(outcome, false);
		}
	};
	await Promise.all(Array.from({ length: Math.min(parallel, rows.length) }, station));
};

/** Also where its home was carried away with the device since. */
const isDone = (earlier: BatchOutcome, { folder, hardware }: BatchRow, application: string | null): boolean =>
	earlier.state === 'done' &&
	earlier.folder === folder &&
	earlier.custody === custodyOf(hardware) &&
	(application === null || earlier.application === application);

const attempt = async (row: BatchRow, application: string | null, options: BatchOptions): Promise<BatchOutcome> => {
	const { clock } = options;
	try {
		const remarks: string[] = [];
		const identity = await join(row, application, options, (remark) => void remarks.push(remark));
		return done(row, identity, remarks, clock.now());
	} catch (error) {
		return failed(row, error, clock.now());
	}
};

const join = async (
	row: BatchRow,
	application: string | null,
	options: BatchOptions,
	onRemark: (remark: string) => void,
): Promise<Identity> => {
	const { clock, stringOf, allowPlainKey, sealFile } = options;
	const { folder, hardware, endorsementFile, part } = row;
	const present = await openPresent(row, application, clock);
	if (present !== null) return present;
	const commissioning = await stringOf(row);
	requireOwnString(row, commissioning);
	return commission({
		commissioning,
		folder,
		kind: 'device',
		clock,
		onRemark,
		...(allowPlainKey !== undefined && { allowPlainKey }),
		...(sealFile !== undefined && { sealFile }),
		...(hardware !== undefined && { hardware }),
		...(endorsementFile !== undefined && { endorsementFile }),
		...(part !== null && { part }),
	});
};

/** The identity of a run that was cut short after it was made and before it was recorded; one that has expired does not count. */
const openPresent = async (
	{ device, folder, hardware }: BatchRow,
	application: string | null,
	clock: Clock,
): Promise<Identity | null> => {
	const record = await readIdentityRecord(folder);
	if (record === null || record.id !== device || record.kind !== 'device') return null;
	if (application !== null && record.application !== application) return null;
	const identity = await openIdentity(folder);
	if (clock.now() >= identity.leaf.notAfter) return null;
	const [held, wanted] = [custodyOf(record.hardware), custodyOf(hardware)];
	if (held === wanted) return identity;
	throw new Problem(
		'device-exists',
		`${folder} is the home of ${device} with its key in ${held}, and the batch says ${wanted}: name an empty folder, or mend the batch.`,
	);
};

/** A string that lies under another device's name would make this one into that. */
const requireOwnString = (row: BatchRow, commissioning: string): void => {
	const { id, class: className } = parseCommissioning(commissioning);
	if (id !== row.device)
		throw new Problem('commissioning-string', `The string for ${row.device} is that of ${id}: put them right.`);
	if (row.class !== null && row.class !== className) {
		throw new Problem(
			'commissioning-string',
			`The string for ${row.device} is for the class ${className ?? '–'}, and the batch says ${row.class}: register it again.`,
		);
	}
};
