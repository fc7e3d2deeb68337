import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { days } from '@keyward/core';
import type { Service } from '@keyward/service';
import { SITE_FILE } from '@keyward/service/site';
import { keyward } from './keyward.ts';

/** Names, in a site file that the demonstration wrote, whom to tell of a flaw; for a year. */
export const nameContact = async (data: string): Promise<void> => {
	const file = join(data, SITE_FILE);
	const text = await readFile(file, 'utf8').catch(() => '# The site file of the demonstration.\n');
	if (!text.startsWith('# The site file of the demonstration') || text.includes('security-txt:')) return;
	const expires = new Date(Date.now() + days(364)).toISOString();
	await writeFile(
		file,
		`${text}\n# Whom to tell of a flaw (RFC 9116). Nobody reads this address: a site of yours has one that is answered.\n` +
			`security-txt: { contact: ["mailto:security@keyward.example"], expires: ${expires} }\n`,
	);
};

const TRIES = 12;
const PAUSE = 5000;

/**
 * What a site shows by doing it, done once: a backup that was restored, keys that were changed on running devices, a contact that
 * answered. The last is the demonstration's word.
 */
export const exerciseOnce = async (service: Service, data: string, say: (line: string) => void): Promise<void> => {
	const { lastAnswer } = await service.call('disclosure.show', {});
	if (lastAnswer === null) await service.call('disclosure.answered', {});
	for (const application of ['reactor-hall', 'weather-station']) {
		const { exercise } = await service.call('agility.show', { application });
		if (exercise === null) await service.call('agility.start', { application, over: 0 });
	}
	const [posture] = await service.call('posture', { application: 'weather-station', level: 2 });
	const lacks = posture?.objectives.some(({ weakest }) => weakest.some((one) => one.requirement === 'restorable'));
	if (lacks !== true) return;
	const place = await mkdtemp(join(tmpdir(), 'keyward-demo-backup-'));
	const to = join(place, 'backup');
	try {
		// Its devices live in the same folder, and write into theirs while it is copied.
		for (let tries = 1; ; tries++) {
			const { code, complaint } = await keyward(['backup', '--to', to, '--data', data], '', null);
			if (code === 0) break;
			if (tries === TRIES) return say(`  no backup was made: ${complaint}`);
			await sleep(PAUSE);
		}
		await service.call('backup.rehearse', { from: to });
		say('  a backup was made and restored into a folder that is gone again');
	} finally {
		await rm(place, { recursive: true, force: true });
	}
};
