import type { Operations } from '@keyward/contract';
import { type RevocationCause, revocationCauses } from '@keyward/core/port';
import { type Command, Option } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly reason: string;
	readonly cause: RevocationCause;
}

/** `keyward revoke device` and `keyward revoke reader`. */
export const register = (program: Command): void => {
	const revoke = group(program, 'revoke');
	for (const kind of ['device', 'reader'] as const) {
		siteOptions(
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
		).action(async (text: string, options: Options) => {
			const id = kind === 'device' ? deviceName(text) : text;
			const { application, reason, cause } = options;
			const done = await ask(options, 'principal.revoke', { kind, application, id, reason, cause });
			if (options.json === true) return printJson(done);
			print(
				`${id} of ${application} is retired: ${done.revoked} certificates revoked, ${done.cut} live sessions cut.\n${erasedText(done.erasure)}`,
			);
			if (done.erasure !== null && done.erasure.failed !== null) process.exitCode = exit.finding;
		});
	}
};

const erasedText = (erasure: Operations['principal.revoke']['output']['erasure']): string => {
	if (erasure === null) return '';
	return erasure.failed === null
		? `Its ${erasure.readings === 1 ? 'reading is' : `${erasure.readings} readings are`} unreadable, as the policy asks, and that was checked.\n`
		: `Its readings are NOT erased: ${erasure.failed} Then give this command again.\n`;
};
