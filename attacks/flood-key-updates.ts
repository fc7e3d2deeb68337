import { openRecordClient } from '@keyward/testing/service/records';
import { attack } from './harness/attack.ts';

/** As many as no client needs in a year. */
const updates = 10_000;

export default attack({
	title:
		'a stranger renews the keys of its connection again and again, each time at the cost of the site, and reads no answer',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/tls/key-updates.ts',
				find: 'const mostRenewals = 16;',
				replace: 'const mostRenewals = 1e9;',
			},
		],
		because: 'no level switches it off',
	},
	refusal: 'the connection was ended',
	run: async ({ site, after }) => {
		const client = await openRecordClient({ after }, site.httpsPort, { rejectUnauthorized: false });
		const ended = new Promise<boolean>((resolve) => void client.socket.once('close', () => resolve(false)));
		let heard = 0;
		const answered = new Promise<boolean>((resolve) => {
			client.socket.on('data', ({ length }: Buffer) => {
				heard += length;
				// 27 bytes for each.
				if (heard >= updates * 27) resolve(true);
			});
		});
		client.socket.write(Buffer.concat(Array.from({ length: updates }, () => client.keyUpdate())));
		const succeeded = await Promise.race([answered, ended]);
		return {
			succeeded,
			saw: `${Math.floor(heard / 27)} of ${updates} KeyUpdates were answered`,
			refusal: succeeded ? null : 'the connection was ended',
		};
	},
});
