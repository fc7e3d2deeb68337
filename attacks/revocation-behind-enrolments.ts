import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { SOFTHSM_MODULE, type SoftHsm, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

let hsm: SoftHsm | null = null;

/** The process of the site that asks its token to sign. */
const signerOf = (site: number): number => {
	const tasks = readdirSync(`/proc/${site}/task`);
	const children = tasks.flatMap((task) =>
		readFileSync(`/proc/${site}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
	);
	const found = children.find((child) =>
		readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('pkcs11/token-child.ts'),
	);
	if (found === undefined) throw new Error('the site has no process of its token');
	return Number(found);
};

/** Whether a request was admitted and waits for its signature. */
const waits = (folder: string): boolean => {
	const db = new DatabaseSync(join(folder, 'keyward.sqlite'), { readOnly: true, timeout: 5000 });
	const { open } = db.prepare("SELECT count(*) AS open FROM intent WHERE state = 'open'").get() ?? {};
	db.close();
	return Number(open) > 0;
};

export default attack({
	title: 'a thief keeps enrolments waiting for a slow CA, and the revocation of the stolen device waits behind them',
	requirements: ['live-revocation'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/enrolment/lifecycle.ts',
				find: "cause = 'unspecified', known = () => []) =>\n\t\t\tinOrder(",
				replace: "cause = 'unspecified', known = () => []) =>\n\t\t\tinTurn(",
			},
		],
		because: 'the parameter says how fast a revocation is; that it waits for no enrolment holds at every level',
	},
	refusal: /^revoked first$/,
	site: async () => {
		hsm = await startSoftHsm();
		const { token, pinFile } = hsm;
		return { options: { authority: { custody: 'pkcs11', module: SOFTHSM_MODULE, token, pinFile } } };
	},
	run: async ({ site, after, signal }) => {
		const token = hsm;
		if (token === null) throw new Error('the site has no token');
		after(() => token.close());
		await site.commissionDevice('hall', 'stolen');
		const strings: string[] = [];
		for (let count = 0; count < 4; count++)
			strings.push((await site.ask('device.expect', { application: 'hall', device: `probe-${count}` })).commissioning);
		const signer = signerOf(site.pid);
		let stopped = true;
		const goOn = (): void => {
			if (stopped) process.kill(signer, 'SIGCONT');
			stopped = false;
		};
		process.kill(signer, 'SIGSTOP');
		after(goOn);
		const events: string[] = [];
		const enrolments = strings.map(async (commissioning) => {
			const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
			const { status, text } = await enrolWith(site, commissioning, privateKey);
			if (status !== 200) throw new Error(`a device was not enrolled: ${text}`);
			events.push('enrolled');
		});
		const enrolled = Promise.all(enrolments);
		enrolled.catch(() => undefined);
		while (!waits(site.folder)) await sleep(50, null, { signal });
		const name = { kind: 'device', application: 'hall', id: 'stolen' } as const;
		const revoked = site.ask('principal.revoke', { ...name, reason: 'stolen' }).then(() => events.push('revoked'));
		// What the operator asks after it and is answered: a revocation that waits for nothing is answered before.
		for (let count = 0; count < 20 && events.length === 0; count++) await site.ask('site.status', {});
		goOn();
		await Promise.all([enrolled, revoked]);
		const succeeded = events[0] !== 'revoked';
		return { succeeded, saw: `in this order: ${events.join(', ')}`, refusal: succeeded ? null : 'revoked first' };
	},
});
