import { chmod } from 'node:fs/promises';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'another user of the machine can write the data folder, and put a database or socket there before the start',
	requirements: ['ledger'],
	attacker: 'operator',
	off: {
		patch: [
			{
				file: 'packages/service/site/data-folder.ts',
				find: '(found.mode & OTHERS_MAY_WRITE) !== 0',
				replace: 'found.mode === 0',
			},
		],
		because: 'whom the data folder belongs to is no parameter',
	},
	refusal: /can be written by other users of this machine/,
	run: async ({ site }) => {
		await site.stop();
		await chmod(site.folder, 0o777);
		try {
			await site.start();
		} catch (error) {
			const said = error instanceof Error ? error.message : String(error);
			return { succeeded: false, saw: `the site does not start: ${said}`, refusal: said };
		}
		return { succeeded: true, saw: 'the site runs on a folder that everybody can write', refusal: null };
	},
});
