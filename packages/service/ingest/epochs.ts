import { type Identity, isSequenced, readIdentity, sequenceIdentity } from '@keyward/core/observe';
import type { ReadingStore } from '@keyward/core/port';
import { type LiveStream, pendingAt } from './streams.ts';

/** Durable epochs that are remembered of one stream. */
const KEPT = 64;

/** The key epoch of a sequenced identity. */
export const epochOf = (identity: Identity): number => {
	const place = readIdentity(identity);
	return 'epoch' in place ? place.epoch : -1;
};

const isEpoch = (identity: Identity): boolean => identity === sequenceIdentity(epochOf(identity), 0);

/** Whether the epoch of this record is there: durable, in the commit under way, or the record itself. */
export const holdsEpoch = (stream: LiveStream, identity: Identity): boolean => {
	const epoch = epochOf(identity);
	return isEpoch(identity) || stream.epochs.has(epoch) || pendingAt(stream, sequenceIdentity(epoch, 0)) !== undefined;
};

/** Looks up the epochs of these records that are not known to be durable. */
export const findEpochs = async (
	store: Pick<ReadingStore, 'find'>,
	records: readonly { readonly stream: LiveStream; readonly identity: Identity }[],
): Promise<void> => {
	/** By stream: two streams have epochs of the same number. */
	const wanted = new Map<LiveStream, Set<Identity>>();
	for (const { stream, identity } of records) {
		if (isSequenced(identity) && !isEpoch(identity) && !stream.epochs.has(epochOf(identity)))
			wanted.set(stream, (wanted.get(stream) ?? new Set()).add(sequenceIdentity(epochOf(identity), 0)));
	}
	await Promise.all(
		[...wanted].flatMap(([stream, identities]) =>
			[...identities].map(async (identity) => {
				const [found = null] = await store.find([{ stream: stream.id, identity }]);
				if (found === null) return;
				stream.epochs.add(epochOf(identity));
				for (const epoch of stream.epochs) if (stream.epochs.size > KEPT) stream.epochs.delete(epoch);
			}),
		),
	);
};
