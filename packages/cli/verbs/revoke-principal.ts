import type { Operations } from '@keyward/contract';
import { type RevocationCause, revocationCauses } from '@keyward/core/port';
import { Problem } from '@keyward/core';
import { type Command, Option } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly reason: string;
	readonly cause: RevocationCause;
	readonly sign?: string;
	readonly out?: string;
	readonly yes?: boolean;
}

/** `keyward revoke device` and `keyward revoke reader`. */
export const register = (program: Command): void => {
	const revoke = group(program, 'revoke');
	for (const kind of ['device', 'reader'] as const) {
		const command = siteOptions(
			revoke
				.command(kind)
				.description(`Revoke every certificate of a ${kind} and end its sessions`)
				.argument('<id>', `name of the ${kind}`)
				.requiredOption('--application <name>', 'the application that it belongs to')
				.requiredOption('--reason <text>', 'why, in words that an auditor will read')
				.addOption(
					new Option('--cause <cause>', 'what revocation lists say of it (RFC 5280)')
						.choices(revocationCauses)
						.default('unspecified'),
				),
		);
		if (kind === 'reader')
			command
				.option(
					'--sign <folder>',
					'where the owner signs readers: sign the roster without it at once with the key in this folder',
				)
				.option(
					'--out <file>',
					'where the owner signs readers: the roster without it, to be signed',
					'roster-change.json',
				)
				.option('--yes', 'sign without asking');
		command.action(async (text: string, options: Options) => {
			const id = kind === 'device' ? deviceName(text) : text;
			const { application, reason, cause } = options;
			if (options.sign !== undefined && options.json === true)
				throw new Problem('request-malformed', 'What is signed is shown in words first: leave --json out.');
			const listed = kind === 'reader' && (await isReaderOnRoster(options, application, id));
			const done = await ask(options, 'principal.revoke', { kind, application, id, reason, cause });
			// The service has ended it; what devices seal for it, and what a dishonest service would let through, the owner's next roster ends.
			if (listed) {
				const { prepareChange } = await import('./owner/prepare-change.ts');
				const change = await prepareChange(options, application, { loses: [{ reader: id }] });
				const { signOrKeep } = await import('./roster.ts');
				if (options.json !== true) await signOrKeep(change, options);
				else await (await import('./owner/sign-change.ts')).keepChange(options.out ?? 'roster-change.json', change);
			}
			if (options.json === true)
				return printJson({ ...done, ...(kind === 'reader' && { roster: listed ? options.out : null }) });
			print(
				`${id} of ${application} is retired: ${done.revoked} certificates revoked, ${done.cut} live sessions cut.\n${erasedText(done.erasure)}`,
			);
			if (done.erasure !== null && done.erasure.failed !== null) process.exitCode = exit.finding;
		});
	}
};

const isReaderOnRoster = async (options: SiteOptions, application: string, reader: string): Promise<boolean> =>
	(await ask(options, 'grant.list', { application })).some(
		(one) => one.id.startsWith('roster-') && one.reader === reader,
	);

const erasedText = (erasure: Operations['principal.revoke']['output']['erasure']): string => {
	if (erasure === null) return '';
	return erasure.failed === null
		? `Its ${erasure.readings === 1 ? 'reading is' : `${erasure.readings} readings are`} unreadable, as the policy asks, and that was checked.\n`
		: `Its readings are NOT erased: ${erasure.failed} Then give this command again.\n`;
};
