import { Problem } from '@keyward/core';
import { type LinkStep, linkSteps } from '@keyward/core/authorize';
import type { HttpsListenerOptions, MqttListenerOptions } from '@keyward/service/site';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exit, explainFailure, print, printJson, tell } from '../terminal/output.ts';
import { untilStopped } from '../terminal/stop.ts';
import { diskWarning } from './disk-warning.ts';
import { placesOf, type SettingsOptions, settingsOf, settingsOptions } from './settings.ts';

interface Options extends SettingsOptions {
	readonly amongOtherFiles?: boolean;
	readonly httpsPort?: string;
	readonly httpPort?: string;
	readonly mqttsPort?: string;
	readonly host?: string;
	readonly name?: string;
	readonly floor?: LinkStep;
	readonly httpsListener?: readonly HttpsListenerOptions[];
	readonly listener?: readonly MqttListenerOptions[];
	readonly lostKey?: readonly string[];
}

const HTTPS_PORT = 8443;
const MQTTS_PORT = 8883;

/** A port from an option, else from the environment; undefined when neither says one. Throws `Problem('site-configuration')`. */
const portOf = (option: string | undefined, flag: string, variable: string): number | undefined => {
	const text = option ?? (process.env[variable] || undefined);
	if (text === undefined) return undefined;
	const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
	if (port <= 65_535) return port;
	throw new Problem(
		'site-configuration',
		`${JSON.stringify(text)} is no port: give ${flag} or ${variable} from 0 to 65535.`,
	);
};

interface Listener {
	readonly port: number;
	readonly floor: LinkStep;
}

/** One more `PORT:FLOOR`. */
const addListener = (text: string, others: readonly Listener[] = []): readonly Listener[] => {
	const [, digits = '', step] = /^(\d{1,5}):(.+)$/.exec(text) ?? [];
	const floor = linkSteps.find((known) => known === step);
	if (floor === undefined || Number(digits) > 65_535)
		throw new InvalidArgumentError(`It is PORT:FLOOR, the floor one of ${linkSteps.join(', ')}.`);
	return [...others, { port: Number(digits), floor }];
};

/** One more name. */
const addKey = (name: string, others: readonly string[] = []): readonly string[] => [...others, name];

/** `keyward serve`: runs until SIGINT or SIGTERM. What is given here goes before the site file. */
export const register = (program: Command): void => {
	settingsOptions(
		program
			.command('serve')
			.description('Run a site; its data folder is made when missing')
			.option('--among-other-files', 'make a new site in a folder that holds other files')
			.option('--https-port <port>', `for the HTTP API and enrolment (default: KEYWARD_HTTPS_PORT, else ${HTTPS_PORT})`)
			.option(
				'--http-port <port>',
				'for certificate status, CRL and OCSP (default: KEYWARD_HTTP_PORT, else not served)',
			)
			.option('--mqtts-port <port>', `for devices and readers (default: KEYWARD_MQTTS_PORT, else ${MQTTS_PORT})`)
			.option('--host <address>', 'address to listen on (default: 127.0.0.1, this machine alone)')
			.option('--name <name>', 'name that devices and readers reach the site by')
			.addOption(
				new Option('--floor <step>', 'the least MQTT link that is taken; tls1.3-pq is also post-quantum').choices(
					linkSteps,
				),
			)
			.option('--listener <port:floor>', 'one more MQTT listener and its floor; may be repeated', addListener)
			.option(
				'--https-listener <port:floor>',
				'one more HTTPS listener; one at tls1.2-aead serves enrolment (EST) alone; may be repeated',
				addListener,
			)
			.option(
				'--lost-key <ca>',
				'start although the key of this CA is lost (site-root, issuing.APPLICATION …); may be repeated',
				addKey,
			),
	).action(async (options: Options) => {
		const { host, name, floor, listener, httpsListener, lostKey } = options;
		const sealFile = process.env['KEYWARD_SEAL_FILE'];
		const { readTrust, requireRoomForSite, requireWritableFolder } = await import('@keyward/service/site');
		await requireWritableFolder(placesOf(options).data);
		const { data, site } = await settingsOf(options);
		const httpsPort = portOf(options.httpsPort, '--https-port', 'KEYWARD_HTTPS_PORT');
		const httpPort = portOf(options.httpPort, '--http-port', 'KEYWARD_HTTP_PORT');
		const mqttsPort = portOf(options.mqttsPort, '--mqtts-port', 'KEYWARD_MQTTS_PORT');
		if (httpsPort !== undefined && httpsPort !== 0 && httpsPort === mqttsPort)
			throw new Problem('site-configuration', `HTTPS and MQTT both ask for port ${httpsPort}: give each a port.`);
		await requireRoomForSite(data, options.amongOtherFiles === true);
		// What is wrong with the folder or the site file is said before the service is loaded.
		const { createLog, serve, serviceOptionsOf } = await import('@keyward/service');
		const stop = Promise.withResolvers<void>();
		untilStopped().signal.addEventListener('abort', () => stop.resolve());
		const log = createLog(site?.logLevel ?? 'info');
		const service = await serve(
			{
				httpsPort: HTTPS_PORT,
				mqttsPort: MQTTS_PORT,
				...(site !== null && { ...serviceOptionsOf(site), trust: await readTrust(site) }),
				data,
				...(httpsPort !== undefined && { httpsPort }),
				...(httpPort !== undefined && { httpPort }),
				...(mqttsPort !== undefined && { mqttsPort }),
				...(host !== undefined && { host }),
				...(name !== undefined && { name }),
				...(floor !== undefined && { floor }),
				...(listener !== undefined && { listeners: listener }),
				...(httpsListener !== undefined && { httpsListeners: httpsListener }),
				...(lostKey !== undefined && { lostKeys: lostKey }),
				...(sealFile && { sealFile }),
			},
			log.report,
			log,
		).catch((error: unknown): never => {
			// What a start that failed had begun already would keep the process alive.
			process.exit(explainFailure(error, options.json ?? false));
		});
		const { url, https, mqttUrl, mqtt, statusUrl } = service;
		if (options.json === true) printJson({ data, url, https, mqttUrl, mqtt, statusUrl });
		else {
			const api = https.map((one) => `  HTTP  ${one.url}, ${one.floor} or stronger\n`).join('');
			const listeners = mqtt.map((one) => `  MQTT  ${one.url}, ${one.floor} or stronger\n`).join('');
			const status = statusUrl === null ? '' : `  CRL, OCSP  ${statusUrl}\n`;
			print(`Keyward listens, with its data in ${data}\n${api}${listeners}${status}Ctrl-C stops it.\n`);
		}
		const warning = await diskWarning(data);
		if (warning !== null) tell(`keyward: warning: ${warning}\n`);
		const failed = service.failed.then((error) => ({ error }));
		const ended = await Promise.race([stop.promise, failed]);
		await service.stop();
		log.flush();
		process.exitCode = ended === undefined ? exit.held : explainFailure(ended.error, options.json ?? false);
	});
};
