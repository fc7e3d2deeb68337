import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commission } from '@keyward/agent/commission';
import { type OperationName, type Operations, operations } from '@keyward/contract';
import { authorityPin } from '@keyward/core/enrol';
import { encodePem } from '@keyward/core/format';
import Value from 'typebox/value';
import { backup } from '../backup/backup.ts';
import { makeEphemeralKey } from '@keyward/custody';
import { type Service, serve } from '../serve.ts';
import { makeOwner } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { makePartManufacturer, type PartManufacturer } from '@keyward/testing/service/part-manufacturer';

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 1s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
`;

/** Adds a class that trusts another CA. */
const trusting = (pin: string): string =>
	`${policy}  pump: { custody: [software], streams: [dose-rate], other-cas: [${pin}] }\n`;

let folder: string;
let service: Service;
let manufacturer: PartManufacturer;

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kw-'));
	manufacturer = await makePartManufacturer();
	const manufacturers = [
		{ name: 'mill', anchors: [manufacturer.root], emulated: false, manifestSigners: [manufacturer.signer] },
	];
	const trust = { manufacturers, revoked: new Set<string>(), deniedFirmware: [] };
	service = await serve({ data: folder, httpsPort: 0, mqttsPort: 0, linkWorkers: 1, trust }, (error) =>
		assert.fail(String(error)),
	);
});

after(async () => {
	await service.stop();
	await rm(folder, { recursive: true });
});

const ask = async <Name extends OperationName>(
	name: Name,
	input: Operations[Name]['input'],
): Promise<Operations[Name]['output']> => {
	const sent = request({
		socketPath: join(folder, 'keyward.sock'),
		agent: false,
		method: 'POST',
		path: `/v1/operations/${name}`,
		headers: { 'content-type': 'application/json' },
	});
	sent.end(JSON.stringify(input));
	const [response] = (await once(sent, 'response')) as [IncomingMessage];
	let text = '';
	for await (const part of response.setEncoding('utf8')) text += part;
	assert.equal(response.statusCode, 200, text);
	return JSON.parse(text) as Operations[Name]['output'];
};

test('what a site answers is what the schemas promise', async () => {
	const application = 'hall';
	const asked = new Set<OperationName>();
	const check = async <Name extends OperationName>(
		name: Name,
		input: Operations[Name]['input'],
	): Promise<Operations[Name]['output']> => {
		const output = await ask(name, input);
		const [wrong] = Value.Errors(operations[name].output, output);
		assert.equal(wrong, undefined, `${name}: ${JSON.stringify(wrong)}`);
		asked.add(name);
		return output;
	};
	await check('policy.apply', { text: policy });
	await ask('policy.apply', { text: trusting(authorityPin(manufacturer.root)) });
	await check('device.adopt', {
		...{ application, device: 'pump-1', class: 'pump' },
		certificate: encodePem('CERTIFICATE', await manufacturer.identify('pump-1', makeEphemeralKey().publicKey)),
		authority: encodePem('CERTIFICATE', manufacturer.root),
	});
	await ask('policy.apply', { text: policy });
	await ask('principal.revoke', { kind: 'device', application, id: 'pump-1', reason: 'test' });
	await check('device.expect', { application, device: 'g-1' });
	const { commissioning } = await ask('device.expect', { application, device: 'g-2' });
	const clock = { now: () => Date.now() };
	await commission({ commissioning, folder: `${folder}-g-2`, kind: 'device', clock, allowPlainKey: true });
	await rm(`${folder}-g-2`, { recursive: true });
	const manifest = [await manufacturer.list('0042', makeEphemeralKey().publicKey)];
	await writeFile(`${folder}/box.json`, JSON.stringify(manifest));
	await check('manifest.import', { manufacturer: 'mill', file: `${folder}/box.json` });
	assert.equal((await check('manifest.list', {})).length, 1);
	await writeFile(`${folder}/bill.json`, JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6' }));
	await check('bom.import', { application, class: 'probe', version: '1', file: `${folder}/bill.json` });
	assert.equal((await check('bom.list', {})).length, 1);
	await writeFile(`${folder}/osv.json`, JSON.stringify({ id: 'OSV-1', modified: '2026-01-01T00:00:00Z' }));
	await check('advisory.import', { path: `${folder}/osv.json` });
	assert.equal((await check('advisory.list', { application })).documents, 1);
	await check('advisory.show', { id: 'OSV-1' });
	await check('disclosure.answered', {});
	assert.equal((await check('disclosure.show', {})).text, null);
	await check('command.send', { application, device: 'g-2', payload: 'sleep' });
	assert.equal((await check('command.list', { application })).length, 1);
	assert.deepEqual(
		(await check('key.list', { application })).map(({ kind, id }) => [kind, id]),
		[['device', 'g-2']],
	);
	await check('device.quarantine', { application, device: 'g-2' });
	await check('device.release', { application, device: 'g-2' });
	await check('device.transfer', { application, device: 'g-2', to: application, as: 'g-3', reason: 'moved' });
	await check('device.erase', { application, device: 'g-2', reason: 'moved' });
	const contained = await check('device.contain', { application, device: 'g-2', since: 0, reason: 'test' });
	await check('incident.list', { application });
	await check('incident.show', { number: contained.incident });
	await check('incident.close', { number: contained.incident, reason: 'test' });
	await check('reader.expect', { application, reader: 'desk' });
	const grant = await check('grant.add', {
		application,
		reader: 'desk',
		device: '*',
		stream: 'dose-rate',
		purpose: 'safety',
	});
	for (const name of ['site.status', 'site.health', 'alerts.test', 'policy.list'] as const) await check(name, {});
	for (const name of ['device.list', 'reader.list', 'grant.list', 'posture', 'posture.chain', 'trust.show'] as const)
		assert.notDeepEqual(await check(name, { application }), [], name);
	const page = await check('posture.components', { application, limit: 1 });
	assert.equal(page.components.length, 1);
	assert.notEqual(page.next, null);
	await check('posture.components', { application, limit: 500, after: 'device/g-1', all: true });
	const [found] = await check('posture.paths', { application });
	assert.deepEqual(
		found?.paths.map(({ path }) => path),
		['data', 'command', 'commissioning', 'update'],
	);
	assert.notDeepEqual(await check('posture.changes', { application, since: 0, limit: 10 }), []);
	assert.notDeepEqual(await check('ledger.verify', { application }), []);
	assert.equal((await check('ledger.witnessed', {})).quorum, 0);
	await check('ledger.prove', { entry: { kind: 'incident', number: contained.incident }, since: 1 });
	await check('device.show', { application, device: 'g-1' });
	assert.deepEqual(await check('policy.compare', { text: policy }), {
		...{
			application,
			epoch: 3,
			live: 0,
			cut: 0,
			narrowed: 0,
			sessions: [],
			lost: 0,
			grants: [],
			rights: [],
			warnings: [],
		},
	});
	await check('streams.arrivals', { application, device: 'g-1', stream: 'dose-rate', after: 0, limit: 10 });
	await check('grant.end', { id: grant.id });
	await check('principal.revoke', { kind: 'device', application, id: 'g-1', reason: 'test' });
	await check('authority.roll', { what: 'issuing', application });
	await check('authority.retire', { what: 'issuing', application, generation: 1 });
	await check('authority.roll', { what: 'service-ca' });
	await check('authority.activate', { force: true });
	assert.notDeepEqual((await check('authority.list', {})).authorities, []);
	await check('audit.list', { limit: 10 });
	await check('refusals.list', { application });
	const text = JSON.stringify({
		...{ type: 'keyward-boot-reference', version: 1, bank: 'sha256', pcrs: { 4: ['00'.repeat(32)] } },
	});
	await check('boot-reference.add', { application, class: 'probe', version: '1.0', text });
	assert.equal((await check('boot-reference.list', {})).length, 1);
	const { onlineKey } = await check('owner.show', {});
	const { keys, repository } = await makeOwner(Date.now(), Uint8Array.from(Buffer.from(onlineKey, 'base64')));
	assert.equal((await check('owner.publish', { files: repository.files })).owner, repository.pin);
	const { files } = await check('owner.files', {});
	assert.equal((await check('owner.file', { path: 'metadata/1.root.json' })).text, files['1.root.json']);
	const released = releasesOf({ ask: check }, { keys, repository: () => repository }, folder);
	await released.publish(makeRelease('2.0.0', {}, { bom: '{"bomFormat":"CycloneDX","specVersion":"1.6"}' }));
	assert.equal((await check('release.list', { application })).length, 1);
	const joining = await ask('device.expect', { application, device: 'g-4' });
	await commission({ ...joining, folder: `${folder}-g-4`, kind: 'device', clock, allowPlainKey: true });
	await rm(`${folder}-g-4`, { recursive: true });
	const terms = { rings: [], soak: 0, patience: 1000, mostFailing: 0, spread: 0, bytesPerSecond: null };
	const { id } = await check('rollout.start', { application, version: '2.0.0', terms });
	assert.equal((await check('rollout.list', { application })).length, 1);
	await check('agility.start', { application, over: 0, kind: 'P-384' });
	await check('agility.pause', { application, reason: 'test' });
	await check('agility.resume', { application });
	await check('agility.back', { application });
	assert.equal((await check('agility.show', { application })).devices.length, 1);
	await check('rollout.pause', { id, reason: 'test' });
	await check('rollout.resume', { id });
	assert.equal((await check('rollout.show', { id })).devices[0]?.device, 'g-4');
	await check('rollout.stop', { id, reason: 'test' });
	const to = `${folder}-backup`;
	await backup({ data: folder, to, sealFile: null, withSeal: false, clock: { now: () => Date.now() } });
	await check('backup.rehearse', { from: to });
	await rm(to, { recursive: true });
	await check('person.invite', { person: 'anna', role: 'owner' });
	assert.equal((await check('person.list', {})).invited.length, 1);
	await assert.rejects(check('person.role', { person: 'anna', role: 'auditor' }), /person-unknown/);
	await assert.rejects(
		check('person.link', { person: 'ben', role: 'owner', issuer: 'plant', subject: '1' }),
		/no-such-thing/,
	);
	await check('person.remove', { person: 'anna', reason: 'test' });
	await check('session.list', {});
	await assert.rejects(check('session.end', { number: 1 }), /session-unknown/);
	await check('approval.list', {});
	await assert.rejects(check('approval.decide', { number: 1, approve: true }), /approval-unknown/);
	await check('approval.override', { minutes: 1, reason: 'test' });
	for (const name of ['person.role', 'person.link', 'session.end', 'approval.decide'] as const) asked.add(name);
	const byOperator = Object.values(operations).filter(({ callers }) => callers.some(({ kind }) => kind === 'operator'));
	assert.deepEqual(
		byOperator.map(({ name }) => name).filter((name) => !asked.has(name)),
		[],
	);
});
