import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { assignedTo, weaknessOf } from './harness/rolled-out.ts';

export default attack({
	title: 'a device that was taken over says that it runs the version which mends what it was taken over by',
	requirements: ['patch-deadline'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/update/update-facts.ts',
				find: '(version !== null && version === seen)',
				replace: '(version !== null && version !== seen)',
			},
		],
		because:
			'the parameter says within which time a device is mended; whose word that is is the strength of the evidence',
	},
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 2')] },
	refusal: /evidence is only claimed/,
	run: async ({ site, cli, folder }) => {
		const probe = await site.commissionDevice('hall', 'probe-1', 'probe');
		const bill = {
			...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
			components: [{ type: 'library', name: 'codec', purl: 'pkg:npm/codec@1.4.0' }],
		};
		const file = join(folder, 'bill.json');
		await writeFile(file, JSON.stringify(bill));
		await cli(['bom', 'import', 'probe', '2.0.0', file, '--application', 'hall']);
		await assignedTo(site, probe, { running: '2.0.0' });
		const refusal = await weaknessOf(site, 'patch-deadline');
		return { succeeded: refusal === null, saw: `patch-deadline: ${refusal ?? 'held'}`, refusal };
	},
});
