import { join } from 'node:path';
import { attack } from './harness/attack.ts';
import { holding, steal } from './harness/stolen.ts';

export default attack({
	title: 'a thief of the database and of last night’s backup reads the readings, wills and commands in them',
	requirements: ['at-rest-encryption'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/service/ingest/leaves.ts',
				find: 'rows.set(application, await encrypt(application, plain, nameOf));',
				replace: 'rows.set(application, plain);',
			},
		],
		because: 'readings are encrypted at every level, level 0 too; the parameter says where the key has to be',
	},
	refusal: 'key-file',
	run: async (tools) => {
		const { site, cli, folder } = tools;
		const planted = 'the-planted-reading-0123456789abcdef';
		const time = Date.now();
		// A will is a reading that is given in advance: it lies there until its connection is lost.
		const record = JSON.stringify([{ n: 'probe-1/state', u: '/', vs: planted }]);
		const will = { topic: 'hall/probe-1/state', payload: Buffer.from(record), qos: 1, retain: false } as const;
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'), { connect: { will } });
		if (session.connack.reason !== 0) throw new Error(`the will was not taken: ${session.connack.why}`);
		const payload = JSON.stringify([{ n: 'probe-1/state', u: '/', t: time / 1000, vs: planted }]);
		const { reason, why } = await session.publish('probe-1', [], { payload, stream: 'state' });
		if (reason !== 0) throw new Error(`the reading was not taken: ${why}`);
		await site.ask('command.send', { application: 'hall', device: 'probe-1', payload: planted });
		const { backup, files } = await steal(tools);
		const found = holding(files, planted);
		const restored = await cli(['restore', '--from', backup, '--json'], { data: join(folder, 'restored') });
		const saw =
			found.length > 0
				? `what was planted stands in ${found.join(' and ')}`
				: `readings, wills and commands are in none of ${files.length} files; restoring the backup: ${restored.stderr.trim() || 'done'}`;
		return { succeeded: found.length > 0 || restored.status === 0, saw, refusal: restored.code };
	},
});
