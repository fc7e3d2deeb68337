import { resolve } from 'node:path';
import { Problem } from '@keyward/core';
import { noteVerifierKey } from '@keyward/core/ledger';
import type { Command } from 'commander';
import { print, printJson, tell } from '../terminal/output.ts';
import { untilStopped } from '../terminal/stop.ts';
import { group } from './group.ts';
import { readText } from './read-text.ts';

const FOLDER = 'keyward-witness';

interface FolderOptions {
	readonly folder: string;
	readonly json?: boolean;
}

interface ServeOptions extends FolderOptions {
	readonly listen: string;
	readonly certificate?: string;
	readonly key?: string;
}

const sealFile = (): string | null => process.env['KEYWARD_SEAL_FILE'] || null;

const folderOptions = (command: Command): Command =>
	command
		.option('--folder <folder>', "home of the witness's key and of what it cosigned", FOLDER)
		.option('--json', 'print JSON');

/** An address and a port: `127.0.0.1:7380`, `[::1]:7380`. */
const addressOf = (text: string): { readonly host: string; readonly port: number } => {
	const [, host = '', digits = ''] = /^(\[[0-9a-f:.]+\]|[^\s:[\]]+):(\d{1,5})$/i.exec(text) ?? [];
	if (host !== '' && Number(digits) <= 65_535) return { host: host.replace(/[[\]]/g, ''), port: Number(digits) };
	throw new Problem(
		'request-malformed',
		`--listen must be an address and a port, such as 0.0.0.0:7380, not ${JSON.stringify(text)}.`,
	);
};

/** Both files or neither. */
const tlsOf = ({ certificate, key }: ServeOptions): { cert: string; key: string } | null => {
	if (certificate === undefined && key === undefined) return null;
	if (certificate === undefined || key === undefined)
		throw new Problem('request-malformed', 'HTTPS takes --certificate and --key together: give both, or neither.');
	return { cert: readText(certificate), key: readText(key) };
};

/** `keyward witness …`: a program apart, best on another machine and in other hands than the site (C2SP tlog-witness). */
export const register = (program: Command): void => {
	const witness = group(program, 'witness');
	folderOptions(witness.command('init').description("Make a witness's key, and print the verifier key that sites pin"))
		.requiredOption('--name <name>', 'like an address without scheme: witness.example/w1')
		.action(async ({ folder, name, json }: FolderOptions & { readonly name: string }) => {
			const { makeWitness } = await import('@keyward/service/witness');
			const verifierKey = await makeWitness(resolve(folder), name, sealFile());
			if (json === true) return printJson({ folder: resolve(folder), name, verifierKey });
			print(`${verifierKey}\n`);
		});
	folderOptions(witness.command('key').description("Print the witness's verifier key (C2SP vkey)")).action(
		async ({ folder, json }: FolderOptions) => {
			const { openWitness } = await import('@keyward/service/witness');
			const { name, verifierKey } = await openWitness(resolve(folder), sealFile());
			if (json === true) return printJson({ folder: resolve(folder), name, verifierKey });
			print(`${verifierKey}\n`);
		},
	);
	folderOptions(
		witness
			.command('trust')
			.description("Vouch for these logs from now on, by a site's keyward ledger key; also while the witness runs")
			.argument('<key...>', 'verifier keys of logs'),
	).action(async (keys: readonly string[], { folder, json }: FolderOptions) => {
		const { trustLogs } = await import('@keyward/service/witness');
		const trusted = (await trustLogs(resolve(folder), keys)).map((key) => noteVerifierKey(key));
		if (json === true) return printJson(trusted);
		print(`Vouches for:\n${trusted.map((key) => `  ${key}\n`).join('')}`);
	});
	folderOptions(witness.command('serve').description('Run a witness: cosign the checkpoints of logs that only grow'))
		.option('--listen <address:port>', 'where sites reach it', '127.0.0.1:7380')
		.option('--certificate <file>', 'PEM: serve HTTPS with this certificate')
		.option('--key <file>', 'PEM: and this key')
		.action(async (options: ServeOptions) => {
			const stop = Promise.withResolvers<void>();
			untilStopped().signal.addEventListener('abort', () => stop.resolve());
			const { serveWitness } = await import('@keyward/service/witness');
			const running = await serveWitness({
				...{ folder: resolve(options.folder), sealFile: sealFile(), ...addressOf(options.listen) },
				...{ tls: tlsOf(options), clock: { now: () => Date.now() } },
				say: (text) => tell(`${text}\n`),
			});
			const { url, verifierKey } = running;
			if (options.json === true) printJson({ folder: resolve(options.folder), url, verifierKey });
			else
				print(
					`The witness listens. For the site file:\n  witnesses:\n    quorum: 1\n    of: [{ url: "${url}", key: "${verifierKey}" }]\nCtrl-C stops it.\n`,
				);
			await stop.promise;
			await running.stop();
		});
};
