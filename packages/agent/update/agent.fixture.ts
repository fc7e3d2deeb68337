import { copyFile } from 'node:fs/promises';
import { begin, connected, started, type UpdateTarget } from '@keyward/core/update';
import { advance } from './advance.ts';
import { readUpdateSettings } from './settings.ts';
import { updateFiles } from './update-files.ts';

// An agent's life from one start to the next, in a process that can be killed: at a moment by its number, or so long after the
// installer began. Before and after each durable step is a moment.

interface Life {
	readonly folder: string;
	readonly boot: string;
	/** What to install, and where its image is. */
	readonly begin: { readonly target: UpdateTarget; readonly file: string } | null;
	readonly file: string;
	readonly connects: boolean;
	/** 0: at none. */
	readonly killAt: number;
	readonly killInstallerAfter: number | null;
}

const life = JSON.parse(process.argv[2] ?? '') as Life;
let moments = 0;
const moment = (): void => {
	moments += 1;
	if (moments === life.killAt) process.kill(process.pid, 'SIGKILL');
};

const settings = await readUpdateSettings(life.folder);
if (settings === null) throw new Error('no settings');
const files = await updateFiles(life.folder);
const installer = settings.make();
const around =
	<Words extends unknown[], Value>(call: (...words: Words) => Promise<Value>) =>
	async (...words: Words): Promise<Value> => {
		moment();
		const value = await call(...words);
		moment();
		return value;
	};
const options = {
	boot: life.boot,
	counter: null,
	files: { ...files, save: around(files.save), saveFloor: around(files.saveFloor), keepImage: around(files.keepImage) },
	installer: {
		...installer,
		install: around((installation: Parameters<typeof installer.install>[0]) => {
			if (life.killInstallerAfter !== null)
				setTimeout(() => process.kill(process.pid, 'SIGKILL'), life.killInstallerAfter);
			return installer.install(installation);
		}),
		confirm: around(installer.confirm),
		fallBack: around(installer.fallBack),
	},
	fetch: async (target: UpdateTarget) => {
		moment();
		await copyFile(life.file, files.partOf(target.sha256));
		await options.files.keepImage(target.sha256);
	},
};

const state = await files.state();
const running = (await installer.slots()).from;
if (state.phase.state === 'installed') await options.files.save(started(state, running, life.boot));
if (life.begin !== null) {
	const next = begin(await files.state(), life.begin.target);
	if (next !== null) await options.files.save(next);
}
await advance(options);
if (life.connects) {
	await options.files.save(connected(await files.state()));
	await advance(options);
}
const { phase } = await files.state();
process.stdout.write(JSON.stringify({ state: phase.state, moments, floor: (await files.floor()).release }));
