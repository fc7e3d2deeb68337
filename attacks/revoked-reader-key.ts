import { setTimeout as sleep } from 'node:timers/promises';
import { openEpoch, openReading, readSealedItem } from '@keyward/core/seal';
import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';
import { SealedHall, startAgentOf } from './harness/sealed.ts';

/** Readings after the roster, of ten seconds: the device looks for a new one by itself once a minute, and the service tells it at once. */
const MANY = 50;

export default attack({
	title: 'a reader whom the owner took off the roster opens what comes later with the content key that it has',
	requirements: ['sealed-readings'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/agent/seal/sealer.ts',
				find: 'Buffer.compare(epoch.rosterHash, roster.hash) !== 0 ||',
				replace: '',
			},
			{
				file: 'packages/agent/seal/sealer.ts',
				find: 'Buffer.compare(epoch.rosterHash, newestRoster(this.#roster)?.hash ?? new Uint8Array()) === 0 &&',
				replace: '',
			},
		],
		because: 'the device seals by what its owner signed, and reads no policy',
	},
	refusal: 'epoch-recipients',
	run: async (tools) => {
		const { site, source } = tools;
		const owner = await ownSite(site);
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const [key] = (await site.ask('device.show', { application: 'hall', device: 'probe-1' })).keys;
		const members = (hall: SealedHall) => ({ ...hall.members(), devices: { 'probe-1': { key: key?.key } } });
		const hall = new SealedHall();
		await owner.publish(members(hall));
		// The attacker keeps following, as who holds the service or the wire can.
		const board = await site.session(await site.commissionReader('hall', 'desk'));
		await site.grant('hall', 'desk', 'probe-1', 'dose-rate');
		await board.subscribe('hall/probe-1/dose-rate');
		const agent = await startAgentOf(source, identity.folder, tools, null);
		let keys: Awaited<ReturnType<typeof openEpoch>> | null = null;
		let opened = 0;
		agent.feed(1);
		while (opened < MANY) {
			const { payload } = await board.wire.next('publish');
			const item = readSealedItem(Uint8Array.from(Buffer.from(payload)));
			if (item.kind === 'epoch') keys ??= await openEpoch(item.received, { agreement: hall.reader });
			if (item.kind !== 'reading' || keys === null) continue;
			if (item.epoch !== keys.epoch)
				return { succeeded: false, saw: `sealed in epoch ${item.epoch}, to others`, refusal: 'epoch-recipients' };
			openReading(keys, item.received);
			// He is off the roster; another reader is on it. The device hears of it a little later.
			if (++opened === 1) await owner.publish(members(new SealedHall()));
			else await sleep(200, undefined, { signal: tools.signal });
			agent.feed(1 + opened);
		}
		return { succeeded: true, saw: `${MANY} later readings opened with the old key`, refusal: null };
	},
});
