import assert from 'node:assert/strict';
import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runDevice, type Source } from '@keyward/agent';
import { Problem } from '@keyward/core';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr } from '@keyward/core/format';
import { createFileKey } from '@keyward/custody';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { startSite } from '@keyward/testing/service/site';
import { until } from '@keyward/testing/agent/until';

const ticking: Source = {
	live: true,
	async *read(signal) {
		for (let time = Date.now(); !signal.aborted; time = Math.max(Date.now(), time + 1)) {
			yield { stream: 'dose-rate', time, value: 1e-7, unit: 'Sv/h' };
			await sleep(20, undefined, { signal }).catch(() => {});
		}
	},
};

test('while the token of the CAs is away readings go on, enrolment is 503, and a restart is no matter', async (t) => {
	if (!needsSoftHsm(t)) return;
	const hsm = await startSoftHsm();
	t.after(() => hsm.close());
	const authority = { custody: 'pkcs11', module: SOFTHSM_MODULE, token: hsm.token, pinFile: hsm.pinFile } as const;
	const site = await startSite(t, { authority });
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const stop = new AbortController();
	t.after(() => stop.abort());
	const running = runDevice({
		folder: identity.folder,
		source: ticking,
		clock: { now: () => Date.now() },
		signal: stop.signal,
		report: () => {},
	});
	const stored = async (): Promise<number> => {
		const { streams } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
		return streams[0]?.last ?? 0;
	};
	const goesOn = async (): Promise<void> => {
		const before = await stored();
		await until('five more readings', async () => (await stored()) >= before + 5);
	};
	const isAbsent = (error: unknown): boolean => error instanceof Problem && error.code === 'token-absent';
	const keys = async (): Promise<string[]> => (await site.ask('authority.list', {})).authorities.map(({ key }) => key);
	assert.deepEqual(await keys(), ['emulated-token', 'emulated-token', 'emulated-token']);

	await hsm.remove();
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-2' });
	const { token, ...name } = parseCommissioning(commissioning);
	const key = await createFileKey(join(site.folder, 'probe-2'), 'key', 'P-256');
	const csr = Buffer.from(await buildCsr({ subject: principalSubject(name) }, key)).toString('base64');
	const enrol = async (): Promise<{ status: number | undefined; text: string }> => {
		const sent = request(`${site.url}/.well-known/est/simpleenroll`, {
			method: 'POST',
			ca: identity.serviceCa,
			auth: `x:${token}`,
			agent: false,
			headers: { 'content-type': 'application/pkcs10' },
		});
		sent.end(csr);
		const [response] = (await once(sent, 'response')) as [IncomingMessage];
		let text = '';
		for await (const part of response.setEncoding('utf8')) text += part;
		return { status: response.statusCode, text };
	};
	const refused = await enrol();
	assert.equal(refused.status, 503);
	assert.match(refused.text, /^token-absent: /);
	await assert.rejects(site.ask('authority.roll', { what: 'issuing', application: 'hall' }), isAbsent);
	assert.deepEqual(new Set(await keys()), new Set(['absent', 'destroyed']));
	await goesOn();
	await site.restart();
	await goesOn();
	await assert.rejects(site.commissionDevice('hall', 'probe-3'), isAbsent);

	await hsm.putBack();
	await sleep(1100);
	const served = await enrol();
	assert.equal(served.status, 200, served.text);
	await site.ask('authority.roll', { what: 'issuing', application: 'hall' });
	await goesOn();
	stop.abort();
	await running;
});
