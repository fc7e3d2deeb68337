import { openIdentity, refreshRosterOf } from '@keyward/agent';
import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';

interface Options {
	readonly folder: string;
	readonly json?: boolean;
}

/** `keyward device roster`: for a reader's folder too. */
export const register = (program: Command): void => {
	group(program, 'device')
		.command('roster')
		.description("Fetch the owner's roster as this device or reader verifies it, and show what it acts on")
		.option('--folder <folder>', 'home of the device or reader', 'keyward-device')
		.option('--json', 'print JSON')
		.action(async ({ folder, json = false }: Options) => {
			const identity = await openIdentity(folder);
			const found = await refreshRosterOf(identity, Date.now());
			if (found === null)
				throw new Problem(
					'owner-not-trusted',
					`${identity.id} was commissioned without an owner, and follows no roster: commission it again with --owner.`,
				);
			const last = found.state === 'current' ? found : found.last;
			if (last === null || found.state === 'stale')
				throw new Problem(
					'roster-stale',
					`The newest roster of ${identity.application} has expired: the owner signs the next.`,
				);
			const { number, issued, expires } = last.roster;
			if (json) return printJson({ application: identity.application, number, hash: last.hash, issued, expires });
			print(
				`Roster ${number} of ${identity.application} counts until ${printMoment(expires)}.\nIts SHA-256 is ${last.hash}\n`,
			);
		});
};
