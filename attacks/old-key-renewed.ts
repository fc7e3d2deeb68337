import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { reenrollWith } from './harness/est.ts';

export default attack({
	title: 'a copied old key is renewed before the re-keyed device connects, and stays good beside the new one',
	requirements: ['unique-key'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/enrol/key-change.ts',
				find: 'if (newest !== undefined && !isSame(newest.key, presented) && !isSame(newest.key, requested)) {',
				replace: 'if (newest === null) {',
			},
		],
		because: 'one device has one key at every level',
	},
	refusal: 'key-superseded',
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const fresh = await reenrollWith(site, 'probe-1', device, privateKey);
		if (fresh.status !== 200) throw new Error(`the device was not re-keyed: ${fresh.text}`);
		// A shorter life makes a renewal due at once.
		await site.apply(`${hallPolicy}tighten:\n  certificate-lifetime: 30d\n`);
		const stolen = await reenrollWith(site, 'probe-1', device, createPrivateKey(device.tls.key));
		const { ca } = device.tls;
		const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
		const own = await site.session({ tls: { cert: fresh.certificate, key, ca } });
		if (own.connack.reason !== 0) throw new Error(`the device cannot connect: ${own.connack.why}`);
		if (stolen.status !== 200)
			return { succeeded: false, saw: `${stolen.status} ${stolen.text}`, refusal: stolen.code };
		// The device has used its new key: the old one must be over.
		const thief = await site.session({ tls: { ...device.tls, cert: stolen.certificate } });
		const { reason, why, code } = thief.connack;
		return {
			succeeded: reason === 0,
			saw: `the old key opened a session: 0x${reason.toString(16)} ${why}`,
			refusal: code,
		};
	},
});
