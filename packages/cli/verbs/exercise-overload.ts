import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { flood } from '../exercise/flood.ts';
import { exit, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** Fewer are no overload (requirement overload-held); more are sent than counted, as a worker tells them about once a second. */
const ENOUGH = 60;
const MOST = 6000;
/** Looks for what the service saw, a second apart: devices publish at their own pace. */
const LOOKS = 30;

/** `keyward exercise overload`: exit code 0 held, 1 not, or nothing to be seen. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'exercise')
			.command('overload')
			.description('Flood the site as a stranger for a moment, and see whether its devices are still served')
			.addHelpText(
				'after',
				'\nIt asks to enrol with a made-up token until it is refused over budget. Nothing is changed.',
			),
	).action(async (options: SiteOptions) => {
		const { url, applications } = await ask(options, 'site.status', {});
		if (applications.length === 0)
			throw new Problem('policy-unknown-application', 'This site has no application yet: keyward policy apply FILE');
		const flooded = await flood(url, { enough: ENOUGH, most: MOST });
		if (flooded.refused === 0) {
			throw new Problem(
				'site-unreachable',
				`${url} refused none of ${flooded.sent} requests over budget (${flooded.cut} without an answer): this machine is too slow, or something between slows it down. Run it nearer to the site.`,
			);
		}
		const seen = await whatItSaw(options);
		process.exitCode = seen === true ? exit.held : exit.finding;
		if (options.json === true) return printJson({ ...flooded, held: seen });
		print(`${flooded.refused} of ${flooded.sent} requests were refused over budget.\n`);
		if (seen === true)
			print('Meanwhile each device that published was acknowledged within a second: overload-held is observed.\n');
		else if (seen === false)
			print(
				'Meanwhile a device waited longer than a second: overload-held is not achieved. keyward posture says how long.\n',
			);
		else print('No device published meanwhile, so nothing is shown. Run it again while one does.\n');
	});
};

/** Whether overload-held is observed; null when no device published meanwhile. */
const whatItSaw = async (options: SiteOptions): Promise<boolean | null> => {
	for (let look = 0; look < LOOKS; look++) {
		const weak = (await ask(options, 'posture', { level: 1 })).flatMap(({ objectives }) =>
			objectives.flatMap(({ weakest }) => weakest.filter((one) => one.requirement === 'overload-held' && one.held < 1)),
		);
		if (weak.length === 0) return true;
		if (weak.some(({ reason }) => reason.startsWith('observed'))) return false;
		await new Promise((done) => setTimeout(done, 1000));
	}
	return null;
};
