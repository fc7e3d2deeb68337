import { attack } from './harness/attack.ts';
import { byHand, registryUncompared, verified } from './harness/ledger.ts';

export default attack({
	title: 'somebody who has the database takes a revocation out of it, and the stolen device is back',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [registryUncompared],
		because: 'the parameter says how the ledger is kept; what it covers is no parameter',
	},
	refusal: /certificate or its revocation \S+ was changed in the database by hand/,
	run: async ({ site, cli }) => {
		const stolen = await site.commissionDevice('hall', 'probe-1');
		await site.session(stolen);
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' });
		await site.restart(
			byHand(
				'UPDATE certificate SET revoked_at = NULL, revoked_cause = NULL, revoked_reason = NULL',
				`UPDATE principal SET state = 'active'`,
			),
		);
		const session = await site.session(stolen);
		const { reason } = await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		return verified(cli, `the revoked device's reading is answered 0x${reason.toString(16)}`);
	},
});
