import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connectRemote, lookAtLedger } from '@keyward/client';
import { Problem } from '@keyward/core';
import { temporaryFolder } from '@keyward/testing/folder';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { openSession, readingPacket } from '@keyward/testing/service/wire';
import { keyward } from '../../keyward.fixture.ts';
import { openAlarmBook } from './alarm-book.ts';
import { openAlarmWatch } from './alarm-watch.ts';

const site = await startSite({ after }, { policies: [hallPolicy], operatorSocket: true });

test('a data folder that was put back is an alarm at who read before: kept, in every output, and an incident at the site', async (t) => {
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', 'p-1', 'dose-rate');
	const probe = await site.commissionDevice('hall', 'p-1', 'probe');
	const home = desk.identity.folder;
	const read = ['read', 'hall/p-1/dose-rate', '--as', home];
	let count = 0;
	const send = async (readings: number): Promise<void> => {
		const wire = await openSession(t, site, probe);
		for (let left = readings; left > 0; left--) {
			wire.send(readingPacket('p-1', ++count, [{ time: Date.now() - 60_000 + count }]));
			assert.equal((await wire.next('puback')).reasonCode ?? 0, 0);
		}
		wire.socket.destroy();
	};
	const copy = temporaryFolder('keyward-copy-');
	await send(1);
	await site.restart((folder) => void execFileSync('cp', ['-a', `${folder}/.`, copy]));
	await send(3);
	// A leaf that no checkpoint covers yet is signed for.
	await site.ask('ledger.prove', { application: 'hall', leaf: 1 });
	const good = await keyward(read);
	assert.equal(good.status, 0, good.stderr);
	const note = readFileSync(join(home, 'ledger-seen.json'), 'utf8');

	await site.restart((folder) => {
		rmSync(folder, { recursive: true });
		execFileSync('cp', ['-a', copy, folder]);
	});
	const target = join(temporaryFolder('keyward-alarm-'), 'out.csv');
	const forked = await keyward([...read, '--to', `csv:${target}`]);
	assert.equal(forked.status, 1, forked.stderr);
	assert.match(forked.stderr, /ALARM hall: another history of the ledger .* opened incident \d+ \[ledger-forked\]\n/);
	assert.match(readFileSync(target, 'utf8'), /,ledger-forked,/);
	// What was seen before is what the next run goes by, too.
	assert.equal(readFileSync(join(home, 'ledger-seen.json'), 'utf8'), note);
	const [incident] = (await site.ask('incident.list', {})).filter(({ cause }) => cause === 'ledger-fork');
	assert.match(incident?.reason ?? '', /The reader desk was shown another history of the ledger of hall/);
	assert.equal(incident?.evidence.length, 2);

	const again = await keyward([...read, '--json']);
	assert.equal(again.status, 1);
	assert.match(again.stderr, /"code":"ledger-forked".*\(since /);
	assert.match(again.stdout, /"alarms":\["ledger-forked"\]/);
	assert.equal((await openAlarmBook(home).all()).length, 1);
	assert.equal((await keyward(['ledger', 'seen', '--as', home, '--accept'])).status, 0);
	assert.equal((await keyward(read)).status, 0);

	// A reader makes no alarm with a checkpoint that this ledger did not sign.
	const { note: signed } = JSON.parse(note) as { readonly note: string };
	const { cert: certificate, key, ca: serviceCa } = desk.tls;
	const api = connectRemote({ url: site.url, certificate, key, serviceCa });
	t.after(() => api.close());
	const larger = signed.replace(/^(\S+\n)\d+$/m, '$1999999');
	await assert.rejects(api.call('ledger.forked', { note: larger }), { code: 'request-malformed' });

	// After keyward restore the ledger has another name: the site is not sent what it could only refuse.
	const seen = JSON.parse(note) as { readonly key: string; readonly note: string };
	const renamed = { key: seen.key.replace('+', '/restored-1+'), note: null, growth: null };
	const calls: string[] = [];
	const restored = {
		call: async (name: string) => {
			calls.push(name);
			return renamed;
		},
	} as unknown as Parameters<typeof lookAtLedger>[0];
	const look = await lookAtLedger(restored, { seen: async () => seen, keep: () => Promise.resolve() });
	assert.match(look.kind === 'forked' ? look.reported : '', /not told.*ask its operator/);
	assert.deepEqual(calls, ['ledger.grown']);
});

test('a site that hides its ledger, or two signatures on one number, are said as well', async () => {
	const home = temporaryFolder('keyward-alarm-');
	const book = openAlarmBook(home);
	const silent = { call: () => Promise.reject(new Problem('site-unreachable', 'nobody answers')) };
	assert.equal((await lookAtLedger(silent, book)).kind, 'grown');
	const pinned = 'log.example+5c4fd0a5+AWgJ6aIZYm1UMr3nHn1pIgjYBM4lWlP6+BVVZjKEnYIV';
	const memory = { seen: async () => ({ key: pinned, note: 'log.example\n3\n' }), keep: () => Promise.resolve() };
	assert.deepEqual(await lookAtLedger(silent, memory), { kind: 'unseen', why: 'nobody answers' });

	const watch = openAlarmWatch(book, silent, 'hall', {});
	await watch.begin(AbortSignal.abort());
	assert.equal(watch.stand, false);
	const name = { application: 'hall', device: 'p-1', stream: 'air' };
	const reading = { cursor: '1-1', time: 1, value: 1, unit: 'Cel' };
	const page = { name, readings: [reading], next: '1-1', signed: [], nowSigned: [], findings: [] };
	const finding = { code: 'stream-forked', detail: 'Number 7 was signed twice.', epoch: 1, numbers: null } as const;
	const marked = await watch.mark({ ...page, findings: [finding] });
	assert.deepEqual(marked.readings, [{ ...reading, alarms: ['stream-forked'] }]);
	assert.deepEqual(await watch.mark({ ...page, name: { ...name, stream: 'dust' } }), {
		...page,
		name: { ...name, stream: 'dust' },
	});
	assert.ok(watch.stand);
	await book.accept();
	// The same rows read again raise it no second time.
	await book.raise({ code: 'stream-forked', of: 'hall/p-1/air', detail: finding.detail, evidence: [] });
	assert.ok((await book.all()).every(({ accepted }) => accepted !== null));
	writeFileSync(join(home, 'ledger-seen.json'), '{');
	await assert.rejects(book.seen(), { code: 'file-unreadable' });
});
