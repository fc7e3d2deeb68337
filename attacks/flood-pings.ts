import { attack } from './harness/attack.ts';

const pings = 524_288;
/** More than are answered in a turn; what a client reads at once is 8,192. */
const many = 32_768;

export default attack({
	title: 'an admitted device sends 1 MB of PINGREQ in one go, and another one waits behind them',
	requirements: ['overload-held'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/connection/intake.ts',
				find: 'if (packets === share.packets || bytes >= share.bytes) {',
				replace: 'if (packets < 0) {',
			},
			{
				file: 'packages/service/mqtt/connection/pace.ts',
				find: 'Buffer.alloc(256, Uint8Array.of(0xd0, 0))',
				replace: 'Buffer.alloc(1_048_576, Uint8Array.of(0xd0, 0))',
			},
		],
		because: 'no level switches it off',
	},
	site: { options: { linkWorkers: 1 } },
	refusal: 'served in turns',
	run: async ({ site }) => {
		const loud = (await site.session(await site.commissionDevice('hall', 'loud'))).wire.socket;
		const { wire: quiet } = await site.session(await site.commissionDevice('hall', 'probe-1'));
		let answered = 0;
		loud.setNoDelay(true);
		loud.removeAllListeners('data');
		loud.on('data', (bytes: Buffer) => (answered += bytes.length / 2));
		loud.write(Buffer.alloc(pings * 2, Uint8Array.of(0xc0, 0)));
		let behind = 0;
		let turns = 0;
		while (answered < pings && !loud.destroyed) {
			const before = answered;
			quiet.send({ cmd: 'pingreq' });
			await quiet.next('pingresp');
			const between = answered - before;
			if (between > 0) turns++;
			if (between > many) behind += between;
		}
		// Of all of them, so that a client that was late to read once does not count.
		const succeeded = behind > pings / 2;
		return {
			succeeded,
			saw: `${answered} PINGRESP came in ${turns} turns; ${behind} of them in turns of more than ${many}, each before one answer to another device`,
			refusal: succeeded ? null : 'served in turns',
		};
	},
});
