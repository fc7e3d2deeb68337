import type { Instant } from '@keyward/core';
import { contentType, type Identity, isCheckpointIdentity } from '@keyward/core/observe';
import type { StreamName } from '@keyward/core/port';
import { parseRoster, readSealedItem, type Roster } from '@keyward/core/seal';
import type { Observations } from './observations.ts';

const parsed = new WeakMap<readonly Uint8Array[], Roster>();

const currentOf = (rosters: readonly Uint8Array[]): Roster | null => {
	const [bytes] = rosters;
	if (bytes === undefined) return null;
	const roster = parsed.get(rosters) ?? parseRoster(bytes);
	parsed.set(rosters, roster);
	return roster;
};

/**
 * What a device showed by what became durable: an epoch, checked against the roster, that it seals, with which suite, and for how
 * long at most; a reading that it signed by itself. How soon others are signed is `observeSigning`'s.
 */
export const observeSealing = (
	observations: Observations,
	{ application, device, stream }: StreamName,
	rows: readonly { readonly identity: Identity; readonly type: number; readonly payload: Uint8Array }[],
	rosters: readonly Uint8Array[],
	at: Instant,
): void => {
	for (const { identity, type, payload } of rows) {
		if (type !== contentType['cose-sign1'] || isCheckpointIdentity(identity)) continue;
		const terms = currentOf(rosters)?.streams.get(stream);
		if (terms === undefined) return;
		const seen = {
			subject: { kind: 'device', application, id: device },
			strength: 'observed',
			source: `listener, stream ${stream}`,
			at,
		} as const;
		const item = readSealedItem(payload);
		if (item.kind === 'epoch') {
			const value = item.received.content.suite === 2 ? 'sealed-pq' : 'sealed';
			observations.see({ ...seen, claim: 'sealed-readings', value });
			observations.see({ ...seen, claim: 'epoch-length', value: terms.epoch });
		} else if (item.kind === 'signed-reading') observations.see({ ...seen, claim: 'reading-signature', value: 0 });
	}
};
