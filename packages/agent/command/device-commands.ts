import type { Instant } from '@keyward/core';
import type { Receipt } from '@keyward/core/command';
import type { Identity } from '../identity/identity.ts';
import { rosterOf } from '../roster/device-roster.ts';
import { readAllowList } from './allow-list.ts';
import { createCommands, type TakeCommand } from './commands.ts';
import { openCommandJournal } from './journal.ts';

/**
 * The commands of a device folder: its allow-list, what it has obeyed, the owner's roster as the device has it, and its stream key for
 * receipts. Null where the folder has no allow-list: the device listens for no commands then.
 */
export const deviceCommands = async (
	identity: Identity,
	now: () => Instant,
	onReceipt: (receipt: Receipt) => void,
): Promise<TakeCommand | null> => {
	const { folder, application, id: device, streamKey, keyStore } = identity;
	const allowList = await readAllowList(folder);
	if (allowList.size === 0) return null;
	return createCommands({
		...{ application, device, allowList, now, onReceipt },
		journal: await openCommandJournal(folder, now()),
		roster: async () => {
			const state = await rosterOf(identity, now());
			// One that has expired is refused by its date.
			return (state?.state === 'current' ? state : state?.last)?.roster ?? null;
		},
		receiptSigner: async () => (streamKey === undefined ? null : keyStore.open(streamKey.name)),
	});
};
