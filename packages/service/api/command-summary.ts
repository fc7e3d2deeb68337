import type { CommandSummary } from '@keyward/contract';
import type { Instant } from '@keyward/core';
import type { Command } from '@keyward/core/port';
import { isOpen } from '../delivery/commands.ts';

/** A command without its payload. `since`: from when its device holds its name. */
export const commandSummary = (command: Command, since: Instant, now: Instant): CommandSummary => {
	const { id, application, device, contentType, payload, at, expires, delivered } = command;
	const receipt = command.receipt === null ? null : Buffer.from(command.receipt).toString('base64');
	const waits = now < expires ? 'waiting' : 'expired';
	const state = delivered !== null ? 'delivered' : isOpen(command, since) ? waits : 'void';
	return { id, application, device, contentType, size: payload.length, at, expires, state, delivered, receipt };
};
