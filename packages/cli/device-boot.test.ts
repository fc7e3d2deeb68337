import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIdentity, type RunEvent, runDevice } from '@keyward/agent';
import { needsAbrmd, startAbrmd } from '@keyward/testing/custody/abrmd';
import { makeEventLog } from '@keyward/testing/custody/boot-log';
import { measure } from '@keyward/testing/custody/pcr-extend';
import { makeTpmMaker, needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { needs } from '@keyward/testing/debian';
import { airPolicy, openHall } from './hardware.fixture.ts';

const released = [
	{ pcr: 0, what: 'firmware 7' },
	{ pcr: 4, what: 'loader 2' },
	{ pcr: 4, what: 'kernel 6.12' },
	// Firmware has said in PCR 7 what it has to say, and no debugger is in it.
	{ pcr: 7, what: '\0\0\0\0' },
];

test('a device that boots a release is attested; one that boots something else is named, quarantined, and lies in vain; retired, it shows that its TPM was cleared', async (t) => {
	if (!needsSwtpm(t) || !needsAbrmd(t)) return;
	if (!needs(t, 'engines-3/pkcs11.so', 'libengine-pkcs11-openssl')) return;
	if (!needs(t, 'pkcs11/libtpm2_pkcs11.so', 'libtpm2-pkcs11-1')) return;
	const maker = await makeTpmMaker(t);
	const tpm = await startSwtpm(t, { maker });
	const { tcti, busAddress } = await startAbrmd(t, tpm);
	process.env['DBUS_SESSION_BUS_ADDRESS'] = busAddress;
	const anchors = [new X509Certificate(await readFile(maker.rootFile)).raw];
	const trust = {
		makers: [{ name: 'our swtpm', anchors, emulated: true }],
		revoked: new Set<string>(),
		deniedFirmware: [],
	};
	const policy = airPolicy('tpm2', 1).replace('integrity: 1', 'integrity: 4');
	const hall = await openHall(t, policy, { trust });
	const words = ['--custody', 'tpm2', '--tpm', tcti, '--endorsement', maker.issuerFile];
	const home = await hall.join('probe-1', null, words);
	await measure(tcti, released);
	const securityfs = join(hall.folder, 'securityfs');
	await mkdir(join(securityfs, 'tpm0'), { recursive: true });
	const log = join(securityfs, 'tpm0', 'binary_bios_measurements');
	await writeFile(log, makeEventLog(released));

	const reference = join(hall.folder, 'reference.json');
	await writeFile(reference, await hall.held('device', 'boot-reference', '--tpm', tcti, '--pcrs', '0,4'));
	await hall.ask('boot-reference.add', {
		application: 'hall',
		class: 'probe',
		version: '2.1.0',
		text: await readFile(reference, 'utf8'),
	});
	assert.deepEqual(
		(await hall.ask('boot-reference.list', {})).map(({ version }) => version),
		['2.1.0'],
	);

	/** Runs the agent until it tells what came of showing its boot. */
	const shown = async (): Promise<RunEvent> => {
		const stop = new AbortController();
		const found = Promise.withResolvers<RunEvent>();
		const running = runDevice({
			...{ folder: home, securityfs, signal: stop.signal, clock: { now: () => Date.now() } },
			source: {
				live: true,
				read: async function* (signal) {
					await new Promise((resolve) => signal.addEventListener('abort', resolve));
					yield* [];
				},
			},
			report: (event) => {
				if (event.event === 'boot-attested' || event.event === 'boot-refused') found.resolve(event);
			},
		});
		running.catch(found.reject);
		const event = await found.promise;
		stop.abort();
		await running;
		return event;
	};
	assert.deepEqual(await shown(), { event: 'boot-attested', release: '2.1.0' });
	assert.equal((await hall.show('probe-1')).state, 'active');
	const weak = (await hall.ask('posture', { application: 'hall', level: 4 }))
		.flatMap(({ objectives }) => objectives.flatMap(({ weakest }) => weakest))
		.filter(({ component }) => component.id === 'probe-1')
		.map(({ requirement }) => requirement);
	assert.ok(weak.includes('side-channel-evidence') && !weak.includes('debug-port-closed'), weak.join(' '));

	// The next boot: another kernel. The log that would hide it does not lead to what the TPM holds.
	const changed = [...released, { pcr: 4, what: 'a back door' }];
	await measure(tcti, changed.slice(-1));
	const lie = await shown();
	assert.ok(lie.event === 'boot-refused' && lie.code === 'boot-log-mismatch', JSON.stringify(lie));
	assert.equal((await hall.show('probe-1')).state, 'quarantined');

	await hall.ask('device.release', { application: 'hall', device: 'probe-1' });
	await writeFile(log, makeEventLog(changed));
	const truth = await shown();
	assert.ok(truth.event === 'boot-refused' && truth.code === 'boot-not-released', JSON.stringify(truth));
	assert.match(truth.detail, /PCR 4 is not that of 2\.1\.0 \(3 measurements/);
	assert.equal((await hall.show('probe-1')).state, 'quarantined');

	// It goes out of service. A copy of its folder, made before, is worthless once its TPM was cleared.
	await hall.ask('device.release', { application: 'hall', device: 'probe-1' });
	const copy = join(hall.folder, 'copy');
	await cp(home, copy, { recursive: true });
	await hall.held('device', 'retire', '--folder', home, '--clear-tpm', '--yes');
	const { signer } = await openIdentity(copy);
	await assert.rejects(async () => (await signer()).sign(new Uint8Array(1)), { code: 'tpm-failed' });
	const shortOf = async (): Promise<string | undefined> => {
		const [posture] = await hall.ask('posture', { application: 'hall', level: 4 });
		const weakest = posture?.objectives.flatMap((objective) => objective.weakest) ?? [];
		return weakest.find(({ requirement }) => requirement === 'erased-at-retirement')?.reason;
	};
	assert.match((await shortOf()) ?? '', /claimed/, 'the store still has what it sent');
	await hall.ask('device.erase', { application: 'hall', device: 'probe-1', reason: 'scrapped' });
	assert.equal(await shortOf(), undefined);
});
