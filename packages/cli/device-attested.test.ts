import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { openIdentity } from '@keyward/agent';
import type { PrincipalDetail } from '@keyward/contract';
import { makeTpmManufacturer, needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { type Ended, keyward, start } from './keyward.fixture.ts';

const policy = `application: hall
level: { authenticity: 4, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [tpm2], streams: [dose-rate] }
`;

test('a person expects one TPM, and nothing else gets in', async (t) => {
	if (!needsSwtpm(t)) return;
	const folder = temporaryFolder('kw-');
	const inFolder = (name: string): string => join(folder, name);
	const manufacturer = await makeTpmManufacturer();
	const own = await startSwtpm(t, { manufacturer });
	const other = await startSwtpm(t, { manufacturer });
	const data = inFolder('site');
	await mkdir(data, { mode: 0o700 });
	const emulators = `emulators: [{ name: our swtpm, anchors: [${manufacturer.rootFile}] }]`;
	await writeFile(join(data, 'site.yaml'), `ports: { https: 0, mqtt: [{ port: 0, floor: tls1.3 }] }\n${emulators}\n`);
	const site = start(['serve', '--json'], data);
	site.stderr?.pipe(process.stderr);
	t.after(() => site.kill('SIGKILL'));
	for await (const text of site.stdout?.setEncoding('utf8') ?? []) if (String(text).endsWith('}\n')) break;
	const run = (...words: string[]): Promise<Ended> => keyward(words, data);
	const held = async (...words: string[]): Promise<string> => {
		const { status, stdout, stderr } = await run(...words);
		assert.equal(status, 0, stderr);
		return stdout.trim();
	};
	const fails = async (words: string[], said: RegExp): Promise<void> => {
		const { status, stderr } = await run(...words);
		assert.deepEqual([status, said.exec(stderr)?.[0] ?? stderr], [2, said.exec(stderr)?.[0]], stderr);
	};
	await writeFile(inFolder('policy.yaml'), policy);
	await held('policy', 'apply', inFolder('policy.yaml'));

	const expect = ['device', 'expect', 'probe-1', '--application', 'hall', '--out', inFolder('string')];
	await fails(expect, /--part/);
	await fails([...expect, '--part', 'ek:12'], /part/);
	const part = await held('device', 'part', '--tpm', own.tcti);
	assert.match(part, /^ek:[0-9a-f]{64}$/);
	await held(...expect, '--part', part);

	const home = inFolder('probe-1');
	const commission = ['device', 'commission', '--from', inFolder('string'), '--json'];
	const withTpm = (tcti: string, ...more: string[]): string[] => [
		...commission,
		...['--custody', 'tpm2', '--tpm', tcti, ...more],
	];
	const issuer = ['--endorsement', manufacturer.issuerFile];
	await fails([...commission, '--folder', inFolder('software')], /evidence-missing/);
	await fails([...commission, '--folder', inFolder('software'), '--tpm', own.tcti], /--custody tpm2/);
	await fails(withTpm(other.tcti, ...issuer, '--folder', inFolder('other')), /part-unexpected/);
	await fails(withTpm(own.tcti, '--folder', home), /endorsement-untrusted/);
	await own.kill();
	await fails(withTpm(own.tcti, ...issuer, '--folder', home), /tpm-unreachable/);
	await own.start();
	await held(...withTpm(own.tcti, ...issuer, '--folder', home));
	const { leaf, signer, privateKey } = await openIdentity(home);
	assert.deepEqual((await signer()).publicKey, leaf.publicKey);
	await assert.rejects(privateKey(), /key-file/);

	const shown = JSON.parse(
		await held('device', 'show', 'probe-1', '--application', 'hall', '--json'),
	) as PrincipalDetail;
	assert.deepEqual(
		[shown.part, shown.certificates.map(({ evidence }) => evidence)],
		[part, [{ custody: 'tpm2', proof: 'attested', part, manufacturer: 'our swtpm', emulated: true }]],
	);
	const forPeople = await held('device', 'show', 'probe-1', '--application', 'hall');
	assert.match(forPeople, /tpm2, attested by ek:[0-9a-f]+… of our swtpm \(EMULATED\)/);
	assert.ok((await held('device', 'list')).includes(part.slice(0, 12)));
});
