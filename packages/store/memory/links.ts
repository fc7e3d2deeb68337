import { Problem } from '@keyward/core';
import { principalKey } from '@keyward/core/device';
import type { Command, CommandStore, StoredSession, SessionStore } from '@keyward/core/port';

/** Sessions and commands in maps; values are kept and given as copies. */
export const memoryLinks = (): SessionStore & CommandStore => {
	const sessions = new Map<string, StoredSession>();
	const commands = new Map<string, Command>();

	return {
		putSession: async (session) => {
			sessions.set(principalKey(session.principal), structuredClone(session));
		},
		session: async (principal) => structuredClone(sessions.get(principalKey(principal)) ?? null),
		sessions: async () => structuredClone([...sessions.values()]),
		endSession: async (principal) => {
			sessions.delete(principalKey(principal));
		},

		putCommand: async (command) => {
			if (commands.has(command.id)) throw new Problem('store-failed', `The command ${command.id} exists.`);
			commands.set(command.id, structuredClone(command));
		},
		commands: async (application, device) =>
			structuredClone(
				[...commands.values()].filter(
					(each) => each.application === application && (device === undefined || each.device === device),
				),
			),
		deliverCommand: async (id, at) => {
			const command = commands.get(id);
			if (!command) return false;
			if (command.delivered === null) commands.set(id, { ...command, delivered: at });
			return true;
		},
		receiptCommand: async (id, receipt, at) => {
			const command = commands.get(id);
			if (!command) return false;
			const first = command.receipt ?? Uint8Array.from(receipt);
			commands.set(id, { ...command, delivered: command.delivered ?? at, receipt: first });
			return true;
		},
		forgetCommands: async (before) => {
			let count = 0;
			for (const { id, delivered, expires } of commands.values()) {
				if (Math.min(delivered ?? Infinity, expires) < before && commands.delete(id)) count++;
			}
			return count;
		},
	};
};
