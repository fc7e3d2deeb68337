import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { readText } from './read-text.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward boot-reference add`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'boot-reference')
			.command('add')
			.description('Add the boot reference values of a released version of a device class')
			.argument('<file>', 'what keyward device boot-reference wrote on a device that runs the release')
			.requiredOption('--application <name>', "the devices' application")
			.requiredOption('--class <name>', "the devices' class in the policy")
			.requiredOption('--version <version>', 'of the release'),
	).action(
		async (
			file: string,
			{
				application,
				class: className,
				version,
				...options
			}: SiteOptions & { readonly application: string; readonly class: string; readonly version: string },
		) => {
			const text = readText(file);
			const added = await ask(options, 'boot-reference.add', { application, class: className, version, text });
			if (options.json === true) return printJson(added);
			const files = added.files === 0 ? '' : `, and ${added.files} files`;
			print(
				`${version} of ${className}: PCRs ${added.pcrs.join(', ')}${files}. A device that shows others is named.\n`,
			);
		},
	);
};
