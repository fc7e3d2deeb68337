import type { Instant } from '@keyward/core';
import { heldSince } from '../session/held-since.ts';
import type { Answer, ApiDependencies } from './answer.ts';
import { commandSummary } from './command-summary.ts';

export const commandList =
	({ store, policies, clock }: ApiDependencies): Answer<'command.list'> =>
	async ({ application, device }) => {
		policies.mustHave(application);
		const commands = await store.commands(application, device);
		const since = new Map<string, Instant>();
		for (const id of new Set(commands.map((command) => command.device))) {
			since.set(id, await heldSince(store, { kind: 'device', application, id }));
		}
		return commands.map((command) => commandSummary(command, since.get(command.device) ?? 0, clock.now()));
	};
