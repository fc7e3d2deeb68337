import { Problem } from '@keyward/core';
import type { Command, KeptSession, LinkStore, PrincipalName } from '@keyward/core/port';

const nameKey = ({ kind, application, id }: PrincipalName): string => JSON.stringify([application, kind, id]);

/** Sessions and commands in maps; values are kept and given as copies. */
export const memoryLinks = (): LinkStore => {
	const sessions = new Map<string, KeptSession>();
	const commands = new Map<string, Command>();

	return {
		putSession: async (session) => {
			sessions.set(nameKey(session.principal), structuredClone(session));
		},
		session: async (principal) => structuredClone(sessions.get(nameKey(principal)) ?? null),
		sessions: async () => structuredClone([...sessions.values()]),
		endSession: async (principal) => {
			sessions.delete(nameKey(principal));
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
		forgetCommands: async (before) => {
			let count = 0;
			for (const { id, delivered, expires } of commands.values()) {
				if (Math.min(delivered ?? Infinity, expires) < before && commands.delete(id)) count++;
			}
			return count;
		},
	};
};
