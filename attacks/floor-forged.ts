import { NO_FLOOR } from '@keyward/core/update';
import { openTpm, tpmFloorCounter } from '@keyward/custody/tpm2';
import { startSwtpm } from '@keyward/testing/custody/swtpm';
import { attack } from './harness/attack.ts';
import { agentOf, attempt } from './harness/release.ts';

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
		const { requireFloor, updateFiles } = await agentOf(source);
		const { tcti } = await startSwtpm({ after });
		await using tpm = openTpm(tcti);
		const counter = tpmFloorCounter(tpm);
		const files = await updateFiles(folder);
		// Release 2 was confirmed, and so the TPM has counted.
		await files.saveFloor({ ...NO_FLOOR, release: 2 });
		await counter.raise(2);
		await files.saveFloor(NO_FLOOR);
		return await attempt('the device takes what it had mended', async () => {
			await requireFloor({ files, counter }, { securityFloor: 1 });
			return true;
		});
	},
});
