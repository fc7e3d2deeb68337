import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteHealth } from '@keyward/contract';
import { MemoryApi } from './memory-api.fixture.ts';
import { listenMonitor } from './monitor-routes.ts';

class SickApi extends MemoryApi {
	answer: () => Promise<SiteHealth> = () => super.health();

	override health(): Promise<SiteHealth> {
		return this.answer();
	}
}

test('health is 200 while the site can work, and 503 with the reasons when it cannot or does not answer', async (t) => {
	const rpc = new SickApi();
	const monitor = await listenMonitor(rpc, { host: '127.0.0.1', port: 0 }, 100);
	t.after(() => monitor.close());
	const ask = async (path: string): Promise<[number, string]> => {
		const response = await fetch(`http://127.0.0.1:${monitor.port}${path}`);
		return [response.status, await response.text()];
	};
	assert.deepEqual(await ask('/healthz'), [200, '{"status":"ok","reasons":[]}']);
	assert.deepEqual(await ask('/metrics'), [200, 'keyward_ready 1\n']);
	rpc.answer = async () => ({ ...(await new MemoryApi().health()), ready: false, reasons: ['the disk is short'] });
	assert.deepEqual(await ask('/healthz'), [503, '{"status":"not ready","reasons":["the disk is short"]}']);
	rpc.answer = () => Promise.reject(new Error('gone'));
	assert.deepEqual(await ask('/healthz'), [503, '{"status":"not ready","reasons":["the committer is gone"]}']);
	rpc.answer = () => new Promise(() => {});
	assert.deepEqual(await ask('/healthz'), [503, '{"status":"not ready","reasons":["the committer does not answer"]}']);
	// The process lives all the same, and nothing else is served here.
	assert.deepEqual(await ask('/healthz/live'), [200, '{"status":"ok"}']);
	for (const path of ['/v1/operations/site.status', '/v1/openapi.json', '/.well-known/est/cacerts', '/'])
		assert.equal((await ask(path))[0], 404, path);
});

test('a port that is taken is an error, and a closed monitor gives its port back', async () => {
	const monitor = await listenMonitor(new MemoryApi(), { host: '127.0.0.1', port: 0 });
	const where = { host: '127.0.0.1', port: monitor.port };
	await assert.rejects(listenMonitor(new MemoryApi(), where), { code: 'EADDRINUSE' });
	await monitor.close();
	const again = await listenMonitor(new MemoryApi(), where);
	assert.equal(again.port, monitor.port);
	await again.close();
});
