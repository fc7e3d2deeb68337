import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Updater } from 'tuf-js';

const OPTIONS = {
	'metadata-dir': { type: 'string' },
	'metadata-url': { type: 'string' },
	'target-name': { type: 'string' },
	'target-base-url': { type: 'string' },
	'target-dir': { type: 'string' },
} as const;

/**
 * A client of The Update Framework by the protocol of its published conformance suite (theupdateframework/tuf-conformance,
 * CLIENT-CLI.md): `init`, `refresh` and `download` over the library that devices follow their owner's repository with. Throws what fails.
 */
export const runTufClient = async (words: readonly string[]): Promise<void> => {
	const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options: OPTIONS });
	const need = (name: keyof typeof OPTIONS): string => {
		const value = values[name];
		if (value === undefined) throw new Error(`--${name} is missing`);
		return value;
	};
	const open = (): Updater =>
		new Updater({
			metadataDir: need('metadata-dir'),
			metadataBaseUrl: need('metadata-url'),
			...(values['target-dir'] !== undefined && { targetDir: values['target-dir'] }),
			...(values['target-base-url'] !== undefined && { targetBaseUrl: values['target-base-url'] }),
		});
	const [command, root] = positionals;
	if (command === 'init') {
		if (root === undefined) throw new Error('init takes the trusted root');
		await mkdir(need('metadata-dir'), { recursive: true });
		return copyFile(root, join(need('metadata-dir'), 'root.json'));
	}
	if (command === 'refresh') return open().refresh();
	if (command !== 'download') throw new Error('say init, refresh or download');
	const client = open();
	await mkdir(need('target-dir'), { recursive: true });
	await client.refresh();
	const target = await client.getTargetInfo(need('target-name'));
	if (target === undefined) throw new Error(`${need('target-name')} is not in the repository`);
	if ((await client.findCachedTarget(target)) === undefined) await client.downloadTarget(target);
};
