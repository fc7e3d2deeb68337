import { resolve } from 'node:path';
import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { exit, explainFailure, printJson } from '../output.ts';
import { dataFolder, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly httpsPort?: string;
	readonly mqttsPort?: string;
	readonly host?: string;
	readonly name?: string;
	readonly hybridOnly?: boolean;
}

const HTTPS_PORT = 8443;
const MQTTS_PORT = 8883;

/** A port from an option, else from the environment, else the usual one. Throws `Problem('site-configuration')`. */
const portOf = (option: string | undefined, variable: string, usual: number): number => {
	const text = option ?? (process.env[variable] || undefined);
	if (text === undefined) return usual;
	const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
	if (port <= 65_535) return port;
	throw new Problem(
		'site-configuration',
		`${JSON.stringify(text)} is no port: give --https-port, --mqtts-port or ${variable} from 0 to 65535.`,
	);
};

/** Errors of a running service, a line of JSON each. */
const report = (error: unknown): void => {
	const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
	process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'error', error: said })}\n`);
};

/** `keyward serve`: runs until SIGINT or SIGTERM. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('serve')
			.description('Run the site of a data folder, made when it is not there')
			.option('--https-port <port>', `for the HTTP API and enrolment (default: KEYWARD_HTTPS_PORT, else ${HTTPS_PORT})`)
			.option('--mqtts-port <port>', `for devices and readers (default: KEYWARD_MQTTS_PORT, else ${MQTTS_PORT})`)
			.option('--host <address>', 'address to listen on (default: 127.0.0.1, this machine alone)')
			.option('--name <name>', 'name that devices and readers reach the site by')
			.option('--hybrid-only', 'take only MQTT links whose key agreement is also post-quantum (X25519MLKEM768)'),
	).action(async (options: Options) => {
		const { host, name, hybridOnly } = options;
		const sealFile = process.env['KEYWARD_SEAL_FILE'];
		const data = resolve(dataFolder(options));
		const stop = Promise.withResolvers<void>();
		for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.resolve());
		const { serve } = await import('@keyward/service');
		const service = await serve(
			{
				data,
				httpsPort: portOf(options.httpsPort, 'KEYWARD_HTTPS_PORT', HTTPS_PORT),
				mqttsPort: portOf(options.mqttsPort, 'KEYWARD_MQTTS_PORT', MQTTS_PORT),
				...(host === undefined ? {} : { host }),
				...(name === undefined ? {} : { name }),
				...(hybridOnly === true && { groups: 'hybrid' }),
				...(sealFile && { sealFile }),
			},
			report,
		);
		const { url, mqttUrl } = service;
		if (options.json === true) printJson({ data, url, mqttUrl });
		else
			process.stdout.write(
				`Keyward listens, with its data in ${data}\n  HTTP  ${url}\n  MQTT  ${mqttUrl}\nCtrl-C stops it.\n`,
			);
		const failed = service.failed.then((error) => ({ error }));
		const ended = await Promise.race([stop.promise, failed]);
		await service.stop();
		process.exitCode = ended === undefined ? exit.held : explainFailure(ended.error, options.json ?? false);
	});
};
