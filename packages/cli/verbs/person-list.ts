import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward person list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'person')
			.command('list')
			.description('List people, their roles and passkeys, and links not used yet'),
	).action(async (options: SiteOptions) => {
		const listed = await ask(options, 'person.list', {});
		if (options.json === true) return printJson(listed);
		printTable(
			['person', 'role', 'passkeys', 'in hardware', 'last sign-in'],
			listed.people.map((one) => [
				...[one.person, one.role, String(one.passkeys), String(one.hardware), printMoment(one.lastSignIn)],
			]),
		);
		const linked = listed.people.flatMap(({ person, identities }) =>
			identities.map((one) => [person, one.issuer, one.subject ?? one.email ?? '', one.step ?? 'not yet']),
		);
		if (linked.length > 0) {
			print('\n');
			printTable(['signs in by an issuer', 'which', 'as', 'last proved'], linked);
		}
		if (listed.invited.length === 0) return;
		print('\n');
		printTable(
			['invited', 'role', 'until'],
			listed.invited.map((one) => [one.person, one.role, printMoment(one.expires)]),
		);
	});
};
