import { setTimeout as sleep } from 'node:timers/promises';
import { startTimeServer, type TestTimeServer } from '@keyward/testing/service/time-server';
import { attack } from './harness/attack.ts';

/** Where an answer says when the request came and when it went out, in seconds (RFC 5905 §7.3). */
const TIMES = [32, 40];
const HOUR = 3600;
const servers = new Map<string, TestTimeServer>();

export default attack({
	title: 'somebody on the way tells the service another time, and it takes its clock for an hour wrong',
	requirements: ['record-kept'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/time/nts-message.ts',
				find: 'if (inside === null) refuse(',
				replace: 'if (sealedLength < 0) refuse(',
			},
		],
		because: 'answers of a time source are judged before any policy',
	},
	site: async (folder) => {
		const server = await startTimeServer();
		servers.set(folder, server);
		server.onTheWay = (answer) => {
			const forged = answer.slice();
			const view = new DataView(forged.buffer);
			for (const at of TIMES) view.setUint32(at, view.getUint32(at) + HOUR);
			return forged;
		};
		return { options: { timeSource: server.nts } };
	},
	refusal: /changed on the way/,
	run: async ({ site, folder, signal, after }) => {
		after(() => servers.get(folder)?.stop());
		for (;;) {
			const [posture] = await site.ask('posture', { application: 'hall', level: 2 });
			const weak = posture?.objectives
				.flatMap(({ weakest }) => weakest)
				.find(({ requirement }) => requirement === 'record-kept');
			if (weak === undefined || /asked at most/.test(weak.reason)) {
				const saw = `posture says of its clock: ${weak?.reason ?? 'it is true'}`;
				// What an answer says that was refused is spoken of too, in words.
				if (!/changed on the way/.test(saw)) return { succeeded: true, saw, refusal: null };
				return { succeeded: false, saw, refusal: saw };
			}
			// The first answer has not come.
			await sleep(200, undefined, { signal });
		}
	},
});
