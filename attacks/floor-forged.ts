import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NO_FLOOR } from '@keyward/core/update';
import { openTpm, tpmFloorCounter } from '@keyward/custody/tpm2';
import { startSwtpm } from '@keyward/testing/custody/swtpm';
import { attack } from './harness/attack.ts';
import { attempt } from './harness/release.ts';

interface Advance {
	readonly requireFloor: (options: object, candidate: object) => Promise<void>;
}

interface Files {
	readonly updateFiles: (folder: string) => Promise<{ saveFloor(floor: typeof NO_FLOOR): Promise<void> }>;
}

export default attack({
	title: "who can write to a device's folder sets its security floor back, to bring an older release after it",
	requirements: ['rollback-refused'],
	attacker: 'device-folder',
	site: null,
	off: {
		patch: [
			{
				file: 'packages/agent/update/advance.ts',
				find: 'counter === null ? null : await counter.read()',
				replace: 'counter === null ? null : 0',
			},
		],
		because: "that the TPM's counter is asked is no parameter",
	},
	refusal: 'release-below-floor',
	run: async ({ folder, source, after }) => {
		const of = (file: string): string => pathToFileURL(join(source, 'packages/agent/update', file)).href;
		const { requireFloor } = (await import(of('advance.ts'))) as Advance;
		const { updateFiles } = (await import(of('update-files.ts'))) as Files;
		const { tcti } = await startSwtpm({ after });
		await using tpm = openTpm(tcti);
		const counter = tpmFloorCounter(tpm);
		const files = await updateFiles(folder);
		// Release 2 was confirmed, and so the TPM has counted.
		await files.saveFloor({ ...NO_FLOOR, release: 2 });
		await counter.raise(2);
		await files.saveFloor(NO_FLOOR);
		return attempt('the device takes what it had mended', async () => {
			await requireFloor({ files, counter }, { securityFloor: 1 });
			return true;
		});
	},
});
