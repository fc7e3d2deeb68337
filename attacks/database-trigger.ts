import { attack } from './harness/attack.ts';
import { byHand, verified } from './harness/ledger.ts';

export default attack({
	title: 'somebody who has the database leaves a trigger in it, so that the site itself undoes a revocation',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/store/sqlite/own-schema.ts',
				find: 'if (first === undefined) return;',
				replace: 'if (first !== null) return;',
			},
		],
		because: 'the parameter says how the ledger is kept; what may stand in the database is no parameter',
	},
	refusal: /trigger evil was added, changed or removed by hand/,
	run: async ({ site, cli }) => {
		const witness = await site.commissionDevice('hall', 'probe-1');
		await site.commissionDevice('hall', 'probe-2');
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-2', reason: 'stolen' });
		await site.stop();
		byHand(
			`CREATE TRIGGER evil AFTER INSERT ON reading BEGIN UPDATE certificate SET revoked_at = NULL WHERE id = 'probe-2'; END`,
		)(site.folder);
		try {
			await site.start();
		} catch (error) {
			const said = error instanceof Error ? error.message : String(error);
			return { succeeded: false, saw: `the site does not start: ${said}`, refusal: said };
		}
		const session = await site.session(witness);
		await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		const { certificates } = await site.ask('device.show', { application: 'hall', device: 'probe-2' });
		const revoked = certificates.some((certificate) => certificate.revoked !== null);
		const told = await verified(cli, revoked ? 'the device is still revoked' : 'the revocation is undone');
		return { ...told, succeeded: told.succeeded && !revoked };
	},
});
