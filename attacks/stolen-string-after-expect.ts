import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SOFTHSM_MODULE, type SoftHsm, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

let hsm: SoftHsm | null = null;

export default attack({
	title:
		'a stolen commissioning string, used while the CA could not sign, is used again after the owner has made another',
	requirements: ['expected-device'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/store/sqlite/admissions-end.ts',
				find: "'DELETE FROM token WHERE application = ? AND kind = ? AND id = ?'",
				replace: "'DELETE FROM token WHERE application = ? AND kind = ? AND id = ? AND spent_for IS NULL'",
			},
		],
		because: 'a new string ends the older ones at every level',
	},
	refusal: 'token-unknown',
	site: async () => {
		hsm = await startSoftHsm();
		const { token, pinFile } = hsm;
		return { options: { authority: { custody: 'pkcs11', module: SOFTHSM_MODULE, token, pinFile } } };
	},
	run: async ({ site, after, signal }) => {
		const token = hsm;
		if (token === null) throw new Error('the site has no token');
		after(() => token.close());
		const expect = async (): Promise<string> =>
			(await site.ask('device.expect', { application: 'hall', device: 'probe-1' })).commissioning;
		const stolen = await expect();
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		await token.remove();
		const first = await enrolWith(site, stolen, privateKey);
		if (first.code !== 'token-absent') throw new Error(`the CA's token is not away: ${first.text}`);
		await expect();
		await token.putBack();
		let answer = await enrolWith(site, stolen, privateKey);
		while (answer.code === 'token-absent' && !signal.aborted) {
			await sleep(200);
			answer = await enrolWith(site, stolen, privateKey);
		}
		const { status, code, text } = answer;
		const saw = status === 200 ? "the thief's key has a certificate of probe-1" : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
