import { generateKeyPairSync } from 'node:crypto';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { reenrollWith } from './harness/est.ts';

// IEC 62443-4-2 CR 1.5, EN 303 645 5.5-3: a fleet that went over to stricter keys stays there.
export default attack({
	title:
		'a device that took the stricter kind of key has one of the weaker kind certified again, and passes for changed',
	requirements: ['key-agility'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/enrol/key-change.ts',
				find: 'if (kind.asked !== null && kind.requested !== kind.asked) {',
				replace: 'if (kind.asked === undefined) {',
			},
		],
		because:
			'the parameter says how old a change may be; that an exercise is not undone by a device alone holds always',
	},
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 3')] },
	refusal: 'key-kind',
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		await site.ask('agility.start', { application: 'hall', over: 0, kind: 'P-384' });
		const strong = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
		const there = await reenrollWith(site, 'probe-1', device, strong);
		if (there.status !== 200) throw new Error(`the device was not re-keyed: ${there.text}`);
		const key = strong.export({ type: 'pkcs8', format: 'pem' }).toString();
		const own = { tls: { ca: device.tls.ca, cert: there.certificate, key } };
		// It says that its part makes no such keys, as one would whose part does not.
		const keys = { makes: ['P-256'], link: 'tls1.3', failed: null };
		const said = { running: null, floor: 0, state: 'idle', lastError: null, keys };
		const headers = { 'content-type': 'application/json' };
		const path = '/v1/operations/update.assignment';
		await site.https({ method: 'POST', path, headers, body: JSON.stringify(said), as: { ...device, ...own } });
		const weak = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
		const { status, code, text } = await reenrollWith(site, 'probe-1', own, weak);
		const [shown] = (await site.ask('agility.show', { application: 'hall' })).devices;
		return {
			succeeded: status === 200 && shown?.kind === 'P-256',
			saw: `${status} ${text.slice(0, 120)}: its newest key is ${shown?.kind ?? 'none'}`,
			refusal: code,
		};
	},
});
