import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { commission } from '@keyward/agent/commission';
import { connectLocal } from '@keyward/client';
import { keyward, start } from '../keyward.fixture.ts';

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
`;

test('keyward ca: listed, rolled over, activated, retired, and told why not', async (t) => {
	const data = await mkdtemp(join(tmpdir(), 'keyward-ca-'));
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	t.after(async () => {
		if (site.exitCode === null) {
			site.kill('SIGTERM');
			await once(site, 'exit');
		}
		await rm(data, { recursive: true, force: true });
	});
	assert.ok(site.stdout);
	await once(createInterface({ input: site.stdout }), 'line');
	const said = async (words: string): Promise<string> => {
		const { status, stdout, stderr } = await keyward(words.split(' '), data);
		assert.equal(status, 0, stderr);
		return stdout;
	};
	const refusal = async (words: string): Promise<string> => {
		const { status, stderr } = await keyward(words.split(' '), data);
		assert.equal(status, 2);
		return stderr;
	};
	const client = connectLocal(data);
	t.after(() => client.close());
	await client.call('policy.apply', { text: policy });
	const { commissioning } = await client.call('device.expect', { application: 'hall', device: 'g-1' });
	await commission({ commissioning, folder: join(data, 'g-1'), kind: 'device', clock: { now: () => Date.now() } });

	// Although a device has not fetched it: there is nothing to fetch.
	assert.match(await refusal('ca activate'), /has no announced generation: roll it over first/);
	assert.match(await said('ca roll issuing --application hall'), /signs with generation 2/);
	assert.match(await refusal('ca roll issuing'), /name the application.*\[request-malformed\]/);
	assert.match(await refusal('ca roll root'), /issuing, site-root, service-ca.*\[request-malformed\]/);
	assert.match(await said('ca roll service-ca'), /Generation 2 of the service CA is announced/);
	const listed = await said('ca list');
	assert.match(listed, /issuing CA of hall +1 +outgoing/);
	assert.match(listed, /service CA +2 +announced/);
	assert.match(listed, /Have not fetched the newest service CA yet \(1\):\n {2}device hall\/g-1\n/);
	assert.match(await refusal('ca activate'), /device hall\/g-1 .*--force.*\[ca-needed\]/);
	assert.match(await said('ca activate --force'), /generation 2/);
	assert.match(
		await said('ca retire issuing --application hall --generation 1 --even-cutting-off'),
		/Generation 1 of the issuing CA of hall is retired/,
	);
	assert.match(await said('ca list'), /issuing CA of hall +1 +retired .* destroyed\n/);
	assert.ok((await client.call('audit.list', { limit: 3 })).every(({ who }) => /^operator [\w.@+-]+$/.test(who)));
});
