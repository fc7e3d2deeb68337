import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Problem } from '@keyward/core';
import { explainFailure, print, printJson, tell } from '../terminal/output.ts';
import { custodyOptions, describeCustody, hardwareOf, type HardwareOptions } from './hardware.ts';
import { printMoment } from './moment.ts';

interface Options extends HardwareOptions {
	readonly folder?: string;
	readonly from: string;
	readonly allowPlainKey?: boolean;
	readonly owner?: string;
	readonly json?: boolean;
}

/** `commission` under a group: the same for a device and a reader. The string is read, never an argument: those show in process lists. */
export const registerCommission = (parent: Command, kind: 'device' | 'reader'): void => {
	const command = parent
		.command('commission')
		.description(`Join a site as a ${kind}: make its key and get its certificate`)
		.option('--folder <folder>', `home of the ${kind}, made when it is not there (default: ./keyward-${kind})`)
		.option('--from <file>', 'file with the commissioning string; - is standard input', '-')
		.option('--allow-plain-key', 'keep the key as an unencrypted PEM file that other programs can use')
		.option(
			'--owner <hash>',
			"the owner's root, as keyward owner show prints it on the owner's machine; another one is refused",
		)
		.option('--json', 'print JSON');
	(kind === 'device' ? custodyOptions(command) : command).action(
		async ({ folder = `keyward-${kind}`, from, allowPlainKey = false, owner, json = false, ...place }: Options) => {
			try {
				const { commission } = await import('@keyward/agent/commission');
				const { agreementKeyThumbprint, kemKeyThumbprint, streamKeyThumbprint } =
					await import('@keyward/agent/register-key');
				const { renewalDue } = await import('@keyward/agent/renewal');
				const identity = await commission({
					commissioning: await readString(from),
					folder,
					kind,
					clock: { now: () => Date.now() },
					allowPlainKey,
					...(owner !== undefined && { owner }),
					...(await hardwareOf(place)),
					onRemark: (remark) => tell(`${remark}\n`),
					...sealFile(),
				});
				const {
					application,
					id,
					leaf,
					keyFile,
					mqttUrl,
					serviceUrl,
					hardware,
					emulated = false,
					owner: pinned,
				} = identity;
				const streamKey = streamKeyThumbprint(identity);
				const agreementKey = agreementKeyThumbprint(identity);
				const kemKey = kemKeyThumbprint(identity);
				const until = new Date(leaf.notAfter).toISOString();
				const renewal = new Date(renewalDue(identity)).toISOString();
				if (json)
					printJson({
						kind,
						application,
						id,
						folder,
						keyFile,
						...(streamKey !== null && { streamKey }),
						...(agreementKey !== null && { agreementKey }),
						...(kemKey !== null && { kemKey }),
						custody: place.custody ?? 'software',
						emulated,
						plainKey: allowPlainKey,
						owner: pinned ?? null,
						serviceUrl,
						mqttUrl,
						until,
						renewal,
					});
				else {
					print(
						`${id} has joined ${application}. Its certificate is good until ${printMoment(leaf.notAfter)} and is renewed from ${printMoment(renewalDue(identity))} on.\n` +
							`Its home is ${folder}; its key is ${allowPlainKey ? `NOT encrypted: ${keyFile}` : `in ${describeCustody(hardware, emulated)}`}\n${streamKey === null ? '' : `Its stream key, for the roster: ${streamKey}\n`}${agreementKey === null ? '' : `Its agreement key, for the roster: ${agreementKey}\n`}${kemKey === null ? '' : `Its ML-KEM key, for the roster: ${kemKey}\n`}`,
					);
				}
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		},
	);
};

const readString = async (from: string): Promise<string> => {
	if (from !== '-') {
		const text = await readFile(from, 'utf8').catch((cause: unknown) => {
			throw new Problem('commissioning-string', `${from} cannot be read: check the path and its rights.`, { cause });
		});
		if (text.trim() !== '') return text;
		throw new Problem(
			'commissioning-string',
			`${from} is empty: name the file that keyward device expect or reader expect made.`,
		);
	}
	if (process.stdin.isTTY) tell('Paste the commissioning string, then Ctrl-D:\n');
	const parts: Buffer[] = [];
	for await (const part of process.stdin as AsyncIterable<Buffer>) parts.push(part);
	const text = Buffer.concat(parts).toString('utf8');
	if (text.trim() !== '') return text;
	throw new Problem(
		'commissioning-string',
		'Nothing came on standard input: give the commissioning string there, or its file with --from.',
	);
};

/** Where a device's seal is kept when not in its home: KEYWARD_SEAL_FILE. */
export const sealFile = (): { sealFile?: string } => {
	const path = process.env['KEYWARD_SEAL_FILE'];
	return path === undefined || path === '' ? {} : { sealFile: path };
};
