import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attack } from './harness/attack.ts';
import { against, registryOnce, watchedBy } from './harness/witnesses.ts';

export default attack({
	title:
		'somebody who has the whole site, its signing key included, puts an old copy back and writes another history from there',
	requirements: ['ledger'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/ledger/judge-checkpoint.ts',
				find: 'if (!continues) return',
				replace: 'if (size < 0) return',
			},
		],
		because: 'what a witness asks of a log is no parameter of the site',
	},
	refusal: /not what this ledger begins with/,
	run: async ({ site, cli, folder, signal }) => {
		await watchedBy(site, cli, folder, signal);
		const copy = join(folder, 'copy');
		await site.restart((data) => cp(data, copy, { recursive: true }));
		const { key, witnessed } = await registryOnce(site, signal, (ledger) => ledger.witnessed !== null);
		const larger = (than: { readonly size: number } | null) =>
			registryOnce(site, signal, (ledger) => (ledger.witnessed?.size ?? 0) > (than?.size ?? 0));
		// The first checkpoint after the copy covers what the copy has, so that the next one goes beyond it.
		await site.ask('device.expect', { application: 'hall', device: 'later' });
		const { witnessed: covered } = await larger(witnessed);
		await site.commissionDevice('hall', 'probe-1');
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' });
		const { size = 0 } = (await larger(covered)).witnessed ?? {};
		// The revocation has never been, and the ledger is longer than the true one.
		await site.restart(async (data) => {
			await rm(data, { recursive: true });
			await cp(copy, data, { recursive: true });
		});
		for (let made = 0; made < size; made++)
			await site.ask('device.expect', { application: 'hall', device: `other-${made}` });
		const seen = await registryOnce(
			site,
			signal,
			(ledger) => (ledger.witnessed?.size ?? 0) > size || /begins with/.test(against(ledger)),
		);
		const { status, stdout } = await cli(['ledger', 'witnessed']);
		const said = stdout.split('\n').find((line) => line.startsWith('_registry: ')) ?? stdout;
		const saw = `the witness saw ${size} leaves and vouches for ${seen.witnessed?.size} of ${key.split('+')[0]}; keyward ledger witnessed ends with ${status}: ${said}`;
		return { succeeded: (seen.witnessed?.size ?? 0) > size, saw, refusal: against(seen) || null };
	},
});
