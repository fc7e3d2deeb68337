import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { startSite } from '@keyward/testing/service/site';
import { openWire, connectPacket, readingPacket } from '@keyward/testing/service/wire';
import { backup } from './backup.ts';
import { restore } from './restore.ts';

const clock = { now: () => Date.now() };

test('a backup says which ledgers do not hold, is kept all the same, and is not restored', async (t) => {
	const home = temporaryFolder('keyward-breaks-');
	const site = await startSite(t);
	const probe = await site.commissionDevice('hall', 'probe-1');
	const wire = await openWire(t, site, probe);
	wire.send(connectPacket(5));
	await wire.next('connack');
	wire.send(readingPacket('probe-1', 1, [{ time: Date.now() }]));
	await wire.next('puback');
	await site.ask('ledger.verify', {});
	let made = 0;
	const back = async () => {
		const to = join(home, String(++made));
		const { breaks } = await backup({ data: site.folder, to, sealFile: null, withSeal: true, clock });
		assert.deepEqual([existsSync(join(to, 'manifest')), existsSync(join(to, 'look.tmp'))], [true, false]);
		const restored = () =>
			restore({
				...{ from: to, data: `${to}.restored`, sealFile: null, seals: null, revocations: [], certificates: [], clock },
			});
		return { breaks: breaks.join('\n'), restored };
	};
	const whole = await back();
	assert.equal(whole.breaks, '');
	await whole.restored();
	await site.stop();
	const stopped = await back();
	assert.equal(stopped.breaks, '');
	await stopped.restored();

	const db = new DatabaseSync(join(site.folder, 'keyward.sqlite'));
	t.after(() => db.close());
	const broken = async (said: RegExp): Promise<void> => {
		const { breaks, restored } = await back();
		assert.match(breaks, said);
		await assert.rejects(restored, /backup-broken|ledger-broken/);
	};
	db.exec("UPDATE certificate SET not_after = not_after + 1 WHERE id = 'probe-1'");
	await broken(/^The ledger of the registry does not hold: /m);
	db.exec("UPDATE certificate SET not_after = not_after - 1 WHERE id = 'probe-1'");
	db.exec('UPDATE reading SET identity = identity + 1');
	await broken(/^The ledger of hall does not hold: /m);
	db.exec('UPDATE reading SET identity = identity - 1');
	assert.equal((await back()).breaks, '');
	// A restore begins another line and holds a backup to its own checkpoints; that one is missing shows here.
	await rm(join(site.folder, 'ledger', 'hall.checkpoint'));
	assert.match((await back()).breaks, /^The ledger of hall does not hold: its signed checkpoint is gone/m);
});
