import type { StreamName } from '../device/stream-name.ts';
import type { Admission } from '../observe/admit.ts';
import { contentType } from '../observe/content-type.ts';
import { checkpointIdentity } from '../observe/identity.ts';
import { Problem } from '../problem/problem.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { isSignedOpenCheckpoint, type OpenCheckpoint, openDigestOf, readOpenCheckpoint } from './open-checkpoint.ts';

/**
 * A checkpoint that a device sends of its open stream: whether it is one, and is signed by one of these stream keys for this stream.
 * That it covers what is stored is judged where that is known ({@link judgeCovered}).
 */
export const admitOpenCheckpoint = (payload: Uint8Array, name: StreamName, keys: readonly Uint8Array[]): Admission => {
	try {
		const received = readOpenCheckpoint(payload);
		if (!isSignedOpenCheckpoint(received, name, keys)) return { records: [], refusal: unknownKey(name) };
		const identity = checkpointIdentity(received.checkpoint.number);
		return { records: [{ identity, type: contentType['cose-sign1'], payload }], refusal: null };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return { records: [], refusal: { code: error.code, requirement: 'input-refused', reason: error.detail } };
	}
};

/** IEC 62443-4-2 CR 3.1: the device signed what is stored, or somebody on the way changed it. `recordAt` gives null for what is not there. */
export const judgeCovered = (
	{ times, digest }: Pick<OpenCheckpoint, 'times' | 'digest'>,
	recordAt: (time: Instant) => Uint8Array | null,
): Refusal | null => {
	const covered = times.map((time) => ({ time, record: recordAt(time) }));
	const here = covered.flatMap(({ time, record }) => (record === null ? [] : [{ time, record }]));
	if (here.length === times.length && Buffer.compare(openDigestOf(here), digest) === 0) return null;
	return {
		code: 'checkpoint-mismatch',
		requirement: 'reading-signature',
		reason: 'The device signed other readings than are here: one was changed on its way, or never came.',
	};
};

const unknownKey = ({ device }: StreamName): Refusal => ({
	code: 'stream-key-unknown',
	requirement: 'reading-signature',
	reason: `No stream key that is known for ${device} signed this.`,
});
