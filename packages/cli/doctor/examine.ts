import { connectLocal } from '@keyward/client/connect';
import { type Instant, Problem } from '@keyward/core';
import type { SiteHealth } from '@keyward/contract';
import { openSite, type SiteFile } from '@keyward/service/site';
import { checkAlerts } from './alerts.ts';
import { type Check, finding, held, type Patient } from './check.ts';
import { checkClock } from './clock.ts';
import { checkDataFolder } from './data-folder.ts';
import { checkCas, checkKeys, checkReadingsKey } from './keys.ts';
import { checkCertificate, checkLinks } from './links.ts';
import { checkDisk, checkMachine } from './machine.ts';
import { checkPorts } from './ports.ts';
import { checkStore } from './store.ts';
import { checkToken } from './token.ts';

/** Where to look. `named`: the site file has to be there. */
export interface Places {
	readonly data: string;
	readonly file: string;
	readonly named: boolean;
}

/** Looks at a site, running or not, and changes nothing. */
export const examine = async ({ data, file, named }: Places, now: Instant): Promise<Check[]> => {
	const { checks: ofFile, site } = await checkSiteFile(file, named);
	const patient: Patient = { data, site, running: await healthOf(data) };
	const { checks: ofStore, look } = await checkStore(patient);
	const others = await Promise.all([
		checkDataFolder(patient),
		checkKeys(patient),
		checkReadingsKey(patient),
		checkToken(patient),
		Promise.resolve([...ofStore, ...checkCas(patient, look)]),
		checkDisk(patient),
		checkClock(patient, look, now),
		checkPorts(patient),
		checkCertificate(patient, now),
		checkLinks(patient),
		checkAlerts(patient),
		checkMachine(patient),
	]);
	return [...ofFile, ...others.flat()];
};

const checkSiteFile = async (file: string, named: boolean): Promise<{ checks: Check[]; site: SiteFile | null }> => {
	const check = 'site file';
	try {
		const site = await openSite(file, named);
		if (site === null)
			return { checks: [held(check, `none at ${file}: the defaults hold; keyward init writes one`)], site: null };
		const emulated = site.emulators.map(({ name }) => name).join(', ');
		return {
			checks: [held(check, emulated === '' ? file : `${file}; emulators count as hardware: ${emulated}`)],
			site,
		};
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return {
			checks: error.detail
				.split('\n')
				.map((said) =>
					finding(check, said, said.includes(' is empty: ') ? 'remove it, then keyward init' : 'mend that line'),
				),
			site: null,
		};
	}
};

/** What the running site says of itself; null when none answers. */
const healthOf = async (data: string): Promise<SiteHealth | null> => {
	const client = connectLocal(data);
	try {
		return await client.call('site.health', {});
	} catch (error) {
		if (error instanceof Problem && error.code === 'site-unreachable') return null;
		throw error;
	} finally {
		client.close();
	}
};
