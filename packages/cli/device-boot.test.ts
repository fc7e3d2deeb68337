import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIdentity, type RunEvent, runDevice } from '@keyward/agent';
import { floorCounterPublic, floorOriginPublic } from '@keyward/core/attest';
import { TPM_RH } from '@keyward/core/tpm2';
import { openTpm, type Tpm, TPM2_NV_ReadPublic, TPM2_NV_UndefineSpace, tpmFloorCounter } from '@keyward/custody/tpm2';
import { needsAbrmd, startAbrmd } from '@keyward/testing/custody/abrmd';
import { makeEventLog } from '@keyward/testing/custody/boot-log';
import { measure } from '@keyward/testing/custody/pcr-extend';
import { makeTpmManufacturer, needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { needs } from '@keyward/testing/debian';
import { airPolicy, openHall } from './hardware.fixture.ts';

const released = [
	{ pcr: 0, what: 'firmware 7' },
	{ pcr: 4, what: 'loader 2' },
	{ pcr: 4, what: 'kernel 6.12' },
	// Firmware has said in PCR 7 what it has to say, and no debugger is in it.
	{ pcr: 7, what: '\0\0\0\0' },
];

const withTpm = async (tcti: string, use: (tpm: Tpm) => Promise<void>): Promise<void> => {
	await using tpm = openTpm(tcti);
	await use(tpm);
};

test('a device that boots a release is attested; one that boots something else is named, quarantined, and lies in vain; a security floor that was undone is named; retired, it shows that its TPM was cleared', async (t) => {
	if (!needsSwtpm(t) || !needsAbrmd(t)) return;
	if (!needs(t, 'engines-3/pkcs11.so')) return;
	if (!needs(t, 'pkcs11/libtpm2_pkcs11.so')) return;
	const manufacturer = await makeTpmManufacturer();
	const tpm = await startSwtpm(t, { manufacturer });
	const { tcti, busAddress } = await startAbrmd(t, tpm);
	process.env['DBUS_SESSION_BUS_ADDRESS'] = busAddress;
	const anchors = [new X509Certificate(await readFile(manufacturer.rootFile)).raw];
	const trust = {
		manufacturers: [{ name: 'our swtpm', anchors, emulated: true }],
		revoked: new Set<string>(),
		deniedFirmware: [],
	};
	const policy = airPolicy('tpm2', 1).replace('integrity: 1', 'integrity: 4');
	const hall = await openHall(t, policy, { trust });
	const words = ['--custody', 'tpm2', '--tpm', tcti, '--endorsement', manufacturer.issuerFile];
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

	/** One start of the agent, which shows its boot and then its floor; `heard` gives what came of the one or the other. */
	const run = async (use: (heard: (of: 'boot' | 'floor') => Promise<RunEvent>) => Promise<void>): Promise<void> => {
		const stop = new AbortController();
		const [told, waits] = [[] as RunEvent[], new EventEmitter()];
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
				told.push(event);
				waits.emit('told');
			},
		});
		const failed = running.then(() => new Promise<never>(() => {}));
		const heard = async (of: 'boot' | 'floor'): Promise<RunEvent> => {
			for (;;) {
				const at = told.findIndex(({ event }) => event === `${of}-attested` || event === `${of}-refused`);
				const [event] = at === -1 ? [] : told.splice(at, 1);
				if (event !== undefined) return event;
				await Promise.race([once(waits, 'told'), failed]);
			}
		};
		await use(heard);
		stop.abort();
		await running;
	};
	const shown = async (): Promise<RunEvent> => {
		const found = Promise.withResolvers<RunEvent>();
		await run(async (heard) => found.resolve(await heard('boot')));
		return found.promise;
	};
	const shortOf = async (requirement: string): Promise<string | undefined> => {
		const [posture] = await hall.ask('posture', { application: 'hall', level: 4 });
		const weakest = posture?.objectives.flatMap((objective) => objective.weakest) ?? [];
		return weakest.find((one) => one.requirement === requirement)?.reason;
	};

	// It takes updates: its TPM counts the floor, and says so. Who removes the counter is seen.
	await mkdir(join(home, 'update'), { recursive: true });
	const settings = { installer: 'directory', slots: join(home, 'slots'), automatic: false };
	await writeFile(join(home, 'update', 'settings.json'), JSON.stringify(settings));
	await withTpm(tcti, (tpm) => tpmFloorCounter(tpm).raise(3));
	await run(async (heard) => {
		assert.deepEqual(await heard('boot'), { event: 'boot-attested', release: '2.1.0' });
		// Its boot may be shown before its link is there.
		while ((await hall.show('probe-1')).state === 'commissioned') await sleep(20);
		assert.equal((await hall.show('probe-1')).state, 'active');
		assert.ok((await shortOf('side-channel-evidence')) !== undefined);
		assert.equal(await shortOf('debug-port-closed'), undefined);
		assert.deepEqual(await heard('floor'), { event: 'floor-attested' });
		assert.match((await shortOf('rollback-refused')) ?? '', /only claimed/, 'no older release was refused yet');
	});
	await withTpm(tcti, async (tpm) => {
		const authHandle = tpm.hierarchy(TPM_RH.OWNER);
		for (const { nvIndex } of [floorCounterPublic, floorOriginPublic]) {
			const { nvName } = await TPM2_NV_ReadPublic(tpm, { nvIndex });
			await TPM2_NV_UndefineSpace(tpm, { authHandle, nvIndex: { handle: nvIndex, name: nvName } });
		}
	});
	await run(async (heard) => {
		const undone = await heard('floor');
		assert.ok(undone.event === 'floor-refused' && undone.code === 'floor-undone', JSON.stringify(undone));
	});
	assert.match(
		(await shortOf('rollback-refused')) ?? '',
		/attested The TPM's counter .* stood at floor 3, and begins at/,
	);

	// The next boot: another kernel. The log that would hide it does not lead to what the TPM holds.
	const changed = [...released, { pcr: 4, what: 'a back door' }];
	await measure(tcti, changed.slice(-1));
	const lie = await shown();
	assert.ok(lie.event === 'boot-refused' && lie.code === 'boot-log-mismatch', JSON.stringify(lie));
	assert.equal((await hall.show('probe-1')).state, 'quarantined');

	// So many starts are more challenges than one device may have within a minute.
	await hall.restart();
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
	assert.match((await shortOf('erased-at-retirement')) ?? '', /claimed/, 'the store still has what it sent');
	await hall.ask('device.erase', { application: 'hall', device: 'probe-1', reason: 'scrapped' });
	assert.equal(await shortOf('erased-at-retirement'), undefined);
});
