import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: "a device's key is copied while it is in hand, and used after the device was given back",
	requirements: ['reach-bound'],
	attacker: 'device-folder',
	off: { requirements: ['reach-bound'] },
	site: { policies: [`${hallPolicy}tighten: { reach-bound: none-and-no-key }\n`] },
	refusal: 'evidence-missing',
	run: async ({ site, folder }) => {
		const opened = await site.commissionDevice('hall', 'probe-1').catch((error: unknown) => {
			if (error instanceof Problem) return error;
			throw error;
		});
		if (opened instanceof Problem) return { succeeded: false, saw: opened.detail, refusal: opened.code };
		// What a reader of the flash carries away: from here on the device itself is not touched.
		const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')];
		await cp(opened.keyFile, key);
		await cp(opened.certificateFile, certificate);
		const [keyText, cert] = await Promise.all([readFile(key, 'utf8'), readFile(certificate, 'utf8')]);
		const thief = await site.session({ tls: { key: keyText, cert, ca: opened.tls.ca } });
		const { reason } = await thief.publish('probe-1', [{ time: Date.now() }]);
		return {
			succeeded: reason === 0,
			saw: `a reading of probe-1, invented elsewhere with its copied key: reason ${reason}`,
			refusal: null,
		};
	},
});
