import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runDevice, type Source } from '@keyward/agent';
import { startSite } from '@keyward/testing/service/site';
import { until } from '@keyward/testing/agent/until';

/** A sample every 20 ms, for ever. */
const ticking: Source = {
	live: true,
	async *read(signal) {
		for (let time = Date.now(); !signal.aborted; time = Math.max(Date.now(), time + 1)) {
			yield { stream: 'dose-rate', time, value: 1e-7, unit: 'Sv/h' };
			await sleep(20, undefined, { signal }).catch(() => {});
		}
	},
};

test('a live agent goes on through rollovers of its issuing CA, the site root and the service CA, and a restart', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const stop = new AbortController();
	const running = runDevice({
		folder: identity.folder,
		source: ticking,
		clock: { now: () => Date.now() },
		signal: stop.signal,
		report: () => {},
		renewEvery: 100,
		serviceCasEvery: 100,
	});
	t.after(() => stop.abort());
	const stored = async (): Promise<number> => {
		const { streams } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
		return streams[0]?.last ?? 0;
	};
	const goesOn = async (): Promise<void> => {
		const before = await stored();
		await until('five more readings', async () => (await stored()) >= before + 5);
	};
	await goesOn();
	await site.ask('authority.roll', { what: 'issuing', application: 'hall' });
	await site.ask('authority.roll', { what: 'site-root' });
	await goesOn();
	// Listeners take what the new CA signs at once.
	const { tls } = await site.commissionDevice('hall', 'probe-2');
	assert.notEqual(tls.cert, identity.certificate);

	await site.ask('authority.roll', { what: 'service-ca' });
	await until('the agent has fetched the new CA', async () => {
		const { uninformed } = await site.ask('authority.list', {});
		return !uninformed.some(({ id }) => id === 'probe-1');
	});
	// Nobody runs probe-2.
	await assert.rejects(site.ask('authority.activate', {}), /ca-needed.*hall\/probe-2/);
	await site.ask('authority.activate', { force: true });
	await site.ask('authority.retire', { what: 'service-ca', generation: 1, force: true });
	await site.restart();
	await goesOn();

	// What openssl sees at the MQTT port is by the new CA alone.
	const anchors = join(site.folder, 'anchors.pem');
	await writeFile(anchors, await readFile(join(identity.folder, 'service-ca.pem')));
	const connect = (ca: string): string =>
		spawnSync(
			'openssl',
			['s_client', '-connect', `localhost:${site.mqttsPort}`, '-CAfile', ca, '-verify_return_error', '-brief'],
			{ encoding: 'utf8', input: '', timeout: 10_000 },
		).stderr;
	assert.match(connect(anchors), /Verification: OK/);
	const former = join(site.folder, 'former.pem');
	await writeFile(former, identity.serviceCa);
	assert.doesNotMatch(connect(former), /Verification: OK/);
	stop.abort();
	const { accepted } = await running;
	assert.ok(accepted > 10);
});
