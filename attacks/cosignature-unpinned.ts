import { join } from 'node:path';
import { attack } from './harness/attack.ts';
import { against, makeWitness, registryOnce, runWitness } from './harness/witnesses.ts';

const NAME = 'witness.example/w1';

export default attack({
	title: "somebody answers at a witness's address under its name, with a key that the site does not pin",
	requirements: ['ledger'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/ledger/cosignature.ts',
				find: 'if (!isOfKey(read, witness, signatureType.cosignature)) return null;',
				replace: 'if (read.name !== witness.name || isOfKey(read, witness, signatureType.ed25519)) return null;',
			},
			{
				file: 'packages/core/ledger/cosignature.ts',
				find: '!verifies(cosigned(text, seconds), witness, signature.subarray(TIME_LENGTH))',
				replace: 'verifies(cosigned(text, seconds), witness, new Uint8Array(0))',
			},
		],
		because: 'whose signature a cosignature must have is no parameter',
	},
	refusal: /no signature of the key that is pinned/,
	run: async ({ site, cli, folder, signal }) => {
		const pinned = await makeWitness(cli, join(folder, 'true'), NAME);
		await makeWitness(cli, join(folder, 'false'), NAME);
		const impostor = await runWitness(cli, join(folder, 'false'));
		await site.restart(undefined, { witnesses: { quorum: 1, of: [{ url: impostor.url, key: pinned }] } });
		const { key } = await registryOnce(site, signal, () => true);
		await impostor.trust([key]);
		await site.ask('device.expect', { application: 'hall', device: 'first' });
		const seen = await registryOnce(
			site,
			signal,
			(ledger) => ledger.witnessed !== null || /signature/.test(against(ledger)),
		);
		const saw = `vouched for by ${seen.witnessed?.by.join(', ') ?? 'nobody'}: ${against(seen) || 'all is well'}`;
		return { succeeded: seen.witnessed !== null, saw, refusal: against(seen) || null };
	},
});
