import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSite, type TestSite } from '@keyward/testing/service/site';
import { openSession, openTls, readingPacket } from '@keyward/testing/service/wire';

const pipelined = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100);

/** Why overload-held is not held; null when it is. */
const weakness = async (site: TestSite): Promise<string | null> => {
	const postures = await site.ask('posture', {});
	const found = postures.flatMap(({ objectives }) => objectives.flatMap(({ weakest }) => weakest));
	return found.find(({ requirement }) => requirement === 'overload-held')?.reason ?? null;
};

test(
	'an overload that devices did not feel is evidence; before it there is the claim alone',
	{ timeout: 120_000 },
	async (t) => {
		const site = await startSite(t);
		const wire = await openSession(t, site, await site.commissionDevice('hall', 'probe-1'));
		const time = Date.now();
		let published = 0;
		const publish = async (): Promise<void> => {
			published++;
			wire.send(readingPacket('probe-1', published, [{ time: time + published }]));
			await wire.next('puback');
		};
		await publish();
		assert.equal(await weakness(site), 'evidence is only claimed, asked observed');
		// Each of them has more waiting on its connection than it may.
		for (let stranger = 0; stranger < 25; stranger++) {
			const socket = await openTls(t, site.httpsPort, { rejectUnauthorized: false });
			socket.resume();
			socket.write(pipelined);
			await once(socket, 'close');
		}
		// The longest wait is told about once a second.
		while ((await weakness(site)) !== null) {
			await publish();
			await sleep(100, null, { signal: t.signal });
		}
	},
);
