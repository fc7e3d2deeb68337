import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { days, hours } from '@keyward/core';
import { cosignaturesOn, noteVerifierKey, openCheckpoint, readVerifierKey, signatureType } from '@keyward/core/ledger';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import { openSqliteStore, type SqliteStore } from '@keyward/store';
import { until } from '@keyward/testing/agent/until';
import { silentLog } from '../log/log.ts';
import { unwitnessed } from '../monitor/alerts/unwitnessed.ts';
import { makeWitness, serveWitness, trustLogs, type Witness } from '../witness/index.ts';
import { originOf, REGISTRY } from './checkpoint-files.ts';
import { ledgerKeys } from './ledger-keys.ts';
import { openLedger } from './open-ledger.ts';
import { witnessedNow } from './witnessed-fact.ts';
import { openWitnesses } from './witnesses.ts';

// The requirement `ledger`, step witnessed (CR 3.9): two of three real witnesses vouch for the ledger of a registry.

const clock = { now: () => Date.now() };
let home: string;
const witnesses: Witness[] = [];
const folders: string[] = [];
before(async () => {
	home = await mkdtemp(join(tmpdir(), 'kw-'));
	for (const name of ['w1', 'w2', 'w3']) {
		const folder = join(home, name);
		await makeWitness(folder, `witness.example/${name}`, null);
		folders.push(folder);
		const more = { sealFile: null, host: '127.0.0.1', port: 0, tls: null, clock, say: () => {} };
		witnesses.push(await serveWitness({ folder, ...more }));
	}
});
after(async () => {
	for (const opened of left) await close(opened);
	for (const witness of witnesses) await witness.stop();
	await rm(home, { recursive: true });
});

interface Opened {
	readonly store: SqliteStore;
	readonly ledger: Awaited<ReturnType<typeof openLedger>>;
}

/** What a test left open when it failed. */
const left = new Set<Opened>();

/** What the site has of its ledgers, on a data folder; without witnesses where the quorum is 0. */
const open = async (data: string, quorum = 2, applications: string[] = []): Promise<Opened> => {
	const store = openSqliteStore(data);
	const of = witnesses.map(({ url, verifierKey: key }) => ({ url: `${url}/`, key }));
	const report = (error: unknown): void => assert.fail(String(error));
	const config = { data, sealFile: null, witnesses: quorum === 0 ? null : { quorum, of } };
	const ledger = await openLedger(config, store, () => applications, { clock, log: silentLog, report });
	const opened = { store, ledger };
	left.add(opened);
	return opened;
};
const close = async (opened: Opened): Promise<void> => {
	left.delete(opened);
	await opened.ledger.stop();
	await opened.store.close();
};
const change = async ({ store, ledger }: Opened, id: string): Promise<void> => {
	const to = { application: 'hall', reader: 'desk', device: '*', stream: 'dose-rate', purpose: 'watch' };
	await store.putGrant({ id, ...to, from: 1, expires: 1000, ended: null });
	await ledger.checkpoints.sign();
};
const verifierKeyOf = ({ ledger }: Opened, name: string): string => {
	const { line, publicKey } = ledger.checkpoints;
	return noteVerifierKey({ name: originOf(name, line), publicKey });
};
const states = ({ ledger }: Opened): string =>
	ledger.witnesses
		.standings()
		.map(({ state }) => state)
		.join(' ');
const sizeOf = ({ ledger }: Opened): number => ledger.witnesses.last(REGISTRY)?.edge.size ?? 0;
const verified: Fact = {
	...{ subject: serviceComponent, claim: 'ledger', value: 'merkle-signed', strength: 'observed' },
	...{ source: `ledger of ${REGISTRY}`, at: Date.now() },
};
const shown = ({ ledger }: Opened, now = clock.now()): Fact => witnessedNow(ledger.witnesses, now)(verified);

test('a quorum of those who know the ledger vouches, and anybody can check it', async () => {
	const data = join(home, 'site');
	let site = await open(data);
	await change(site, 'g1');
	await until('all were asked', () => states(site) === 'unknown unknown unknown');
	assert.equal(shown(site).value, 'merkle-signed');
	assert.match(unwitnessed(site.ledger.witnesses.standings(), clock.now())[0]?.text ?? '', /keyward ledger key/);
	const [named] = await ledgerKeys(data, null);
	assert.match(named?.key ?? '', /^keyward\/_registry\/site-[0-9a-f]{16}\+/);
	// The third stays a stranger.
	for (const folder of folders.slice(0, 2)) await trustLogs(folder, [named?.key ?? '']);
	await change(site, 'g2');
	await until('two vouch', () => states(site) === 'cosigned cosigned unknown' && sizeOf(site) === 2);
	const last = site.ledger.witnesses.last(REGISTRY) ?? assert.fail();
	const keys = witnesses.map(({ verifierKey }) => readVerifierKey(verifierKey, signatureType.cosignature));
	assert.deepEqual(
		cosignaturesOn(last.note, keys).map(({ name }) => name),
		['witness.example/w1', 'witness.example/w2'],
	);
	assert.equal(openCheckpoint(last.note, readVerifierKey(named?.key ?? '')).size, 2);

	// Evidence of what the witnesses said, as old as the older of both, and none once it is a day old.
	const { value, at } = shown(site);
	assert.ok(value === 'witnessed' && at <= last.at);
	assert.equal(shown(site, last.at + hours(23)).value, 'witnessed');
	assert.equal(shown(site, last.at + days(1) + 1).value, 'merkle-signed');
	await close(site);
	// What was kept counts after a restart, for the same quorum alone; and the ledger goes on from where it was.
	site = await open(data, 3);
	assert.equal(site.ledger.witnesses.last(REGISTRY), null);
	await close(site);
	site = await open(data);
	assert.equal(sizeOf(site), 2);
	await change(site, 'g3');
	await until('they vouch for what grew', () => sizeOf(site) === 3);
	await close(site);
});

test('a copy that is put back is contradicted, shorter than what they saw and longer', async () => {
	const [data, old] = [join(home, 'site'), join(home, 'old')];
	await cp(data, old, { recursive: true });
	let site = await open(data);
	await change(site, 'g4');
	await change(site, 'g5');
	await until('they vouch for more', () => sizeOf(site) === 5);
	await close(site);
	const forks: string[] = [];
	const contradicted = () => states(site).startsWith('contradicts contradicts');
	// As somebody who has the whole site with its keys does: the copy in its place, and another history from there.
	site = await open(old);
	site.ledger.witnesses.onFork((ledger, seen) => forks.push(`${ledger}: ${seen}`));
	await change(site, 'other-4');
	await until('both saw more', contradicted);
	assert.equal(shown(site).value, 'merkle-signed');
	// Each witness once, however often it is asked.
	assert.deepEqual(
		forks.map((one) => one.replace(/witness \S+ /, 'witness ')),
		Array(2).fill(
			'_registry: The witness knows another history of the ledger of _registry: it has seen 5 leaves, and this ledger has 4',
		),
	);
	await close(site);
	site = await open(old);
	await change(site, 'other-5');
	await until('both saw another tree of this size', contradicted);
	await close(site);
	site = await open(old);
	await change(site, 'other-6');
	await until('both find no proof', contradicted);
	assert.equal(sizeOf(site), 3);
	const [first] = unwitnessed(site.ledger.witnesses.standings(), clock.now());
	assert.equal(first?.kind, 'ledger-forked');
	await close(site);
	// The true one is vouched for as before; so is a ledger that has no leaf yet.
	site = await open(data, 2, ['hall']);
	await change(site, 'g6');
	await until('they vouch for it', () => sizeOf(site) === 6);
	await until('the other is unknown', () => states(site).split('unknown').length === 5);
	for (const folder of folders.slice(0, 2)) await trustLogs(folder, [verifierKeyOf(site, 'hall')]);
	await until('they vouch for the other', () => site.ledger.witnesses.last('hall')?.edge.size === 0);
	await close(site);
});

test('a checkpoint of fewer leaves than there are vouches for the time of its signature alone', async (t) => {
	const data = join(home, 'grown');
	const site = await open(data, 0);
	await change(site, 'g1');
	const { publicKey } = site.ledger.checkpoints;
	await until('it was signed', async () => (await ledgerKeys(data, null)).length === 1);
	let now = Date.now() - hours(2);
	const of = [{ url: `${witnesses[0]?.url ?? ''}/`, key: witnesses[0]?.verifierKey ?? '' }];
	const options = { terms: { quorum: 1, of }, folder: join(data, 'ledger'), publicKey, store: site.store };
	const vouching = await openWitnesses({
		...{ ...options, clock: { now: () => now }, log: silentLog },
		report: (error) => assert.fail(String(error)),
	});
	t.after(() => vouching.stop());
	// The first alone: nobody signs what comes after.
	let offered = false;
	site.ledger.checkpoints.onSigned((ledger, written) => {
		if (!offered) vouching.offer(ledger, written);
		offered = true;
	});
	await until('the witness was asked', () => vouching.standings()[0]?.state === 'unknown');
	const signed = now;
	now = Date.now();
	// One more leaf, which no checkpoint covers yet.
	await site.store.putGrant({
		...{ id: 'g2', application: 'hall', reader: 'desk', device: '*', stream: 'dose-rate', purpose: 'watch' },
		...{ from: 1, expires: 1000, ended: null },
	});
	await trustLogs(folders[0] ?? '', [verifierKeyOf(site, REGISTRY)]);
	await until('the witness vouches', () => vouching.vouchedFor(REGISTRY) !== null);
	assert.deepEqual([vouching.last(REGISTRY)?.edge.size, vouching.vouchedFor(REGISTRY)], [1, signed]);
	await close(site);
});
