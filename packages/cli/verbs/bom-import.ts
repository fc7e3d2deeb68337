import { resolve } from 'node:path';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
}

/** `keyward bom import`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'bom')
			.command('import')
			.description("Import the bill of materials of one version of a device class's software")
			.argument('<class>', 'the device class, as the policy names it')
			.argument('<version>', 'the version, as the device says it: keyward device run --software VERSION')
			.argument('<bill.cdx.json>', 'CycloneDX JSON, 1.4 to 1.6')
			.requiredOption('--application <name>', 'whose policy has the class'),
	).action(async (className: string, version: string, file: string, { application, ...options }: Options) => {
		const imported = await ask(options, 'bom.import', { application, class: className, version, file: resolve(file) });
		if (options.json === true) return printJson(imported);
		const { components, unidentified } = imported;
		print(`${application}/${className} ${version}: ${components} components\n`);
		if (unidentified > 0)
			print(
				`${unidentified} of them have no package URL (purl): no advisory can name them. Let the tool that wrote the bill add it.\n`,
			);
	});
};
