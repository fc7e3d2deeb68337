import type { Command } from 'commander';
import { print, printJson, printTable, tell } from '../terminal/output.ts';
import { printMoment } from './moment.ts';
import { diskWarning } from './disk-warning.ts';
import { ask, dataFolder, type SiteOptions, siteOptions } from './site.ts';

/** `keyward status`. */
export const register = (program: Command): void => {
	siteOptions(program.command('status').description("Show a site's addresses, applications and counters")).action(
		async (options: SiteOptions) => {
			const status = await ask(options, 'site.status', {});
			const warning = await diskWarning(dataFolder(options));
			if (warning !== null) tell(`keyward: warning: ${warning}\n`);
			if (options.json === true) return printJson(status);
			const { version, since, url, mqttUrl, applications, counters } = status;
			print(`keyward ${version}, running since ${printMoment(since)}\n  HTTP  ${url}\n  MQTT  ${mqttUrl}\n\n`);
			printTable(
				['application', 'mode', 'epoch', 'devices', 'readers', 'sessions', 'readings', 'silent', 'gaps'],
				applications.map((one) => [
					one.application,
					one.mode,
					...[one.epoch, one.devices, one.readers, one.sessions, one.readings, one.silent, one.gaps].map(String),
				]),
			);
			// An application may have a listener of another floor.
			for (const one of applications.filter((other) => other.mqttUrl !== mqttUrl))
				print(`  MQTT of ${one.application}  ${one.mqttUrl}\n`);
			print('\n');
			printTable(
				['since start', 'count'],
				Object.entries(counters).map(([code, count]) => [code, String(count)]),
			);
		},
	);
};
