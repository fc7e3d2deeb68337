import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectLocal } from '@keyward/client';
import { containmentSteps } from '@keyward/core/incident';
import { keyward } from './lib/keyward-target.ts';

// kill -9 at one moment after another of a containment: after the next start nothing of it was done, or all of it.

const application = 'bench';
const devices = 16;
const folder = mkdtempSync(join(tmpdir(), 'keyward-contain-kill-'));
const data = join(folder, 'data');
let running = await keyward.start(folder, devices);
try {
	const found = { nothing: 0, all: 0 };
	for (const [turn, { clientId: device }] of running.identities.entries()) {
		const operator = connectLocal(data);
		const answered = operator.call('device.contain', { application, device, since: 0, reason: 'killed' }).then(
			() => true,
			() => false,
		);
		// A timer is too coarse: a containment is over after some milliseconds.
		for (const until = performance.now() + turn * 2; performance.now() < until;)
			await new Promise((resolve) => setImmediate(resolve));
		process.kill(running.pid, 'SIGKILL');
		await running.stop();
		const wasAnswered = await answered;
		operator.close();

		running = await keyward.start(folder, devices);
		const after = connectLocal(data);
		const incidents = (await after.call('incident.list', {})).filter((one) => one.device === device);
		const { state, certificates } = await after.call('device.show', { application, device });
		const where = `killed ${turn * 2} ms after the call`;
		if (incidents.length === 0) {
			found.nothing++;
			assert.ok(!wasAnswered && state !== 'retired', where);
		} else {
			found.all++;
			const [{ containment } = { containment: null }, ...others] = incidents;
			const done = containment?.steps.map(({ step }) => step);
			assert.deepEqual([others.length, done, state], [0, [...containmentSteps], 'retired'], where);
			assert.ok(
				certificates.every(({ revoked }) => revoked?.cause === 'keyCompromise'),
				where,
			);
		}
		const again = await after.call('device.contain', { application, device, since: 0, reason: 'again' });
		assert.equal(again.already, incidents.length > 0, where);
		after.close();
	}
	const operator = connectLocal(data);
	assert.ok((await operator.call('ledger.verify', {})).every(({ ok }) => ok));
	operator.close();
	console.log(`killed ${devices} times: ${found.nothing} times nothing was done, ${found.all} times all of it`);
} finally {
	await running.stop();
	rmSync(folder, { recursive: true, force: true });
}
