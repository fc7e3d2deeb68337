import { attack } from './harness/attack.ts';
import { byHand, registryUncompared, verified } from './harness/ledger.ts';

export default attack({
	title:
		'somebody who has the database removes the record of a device that they released, and lays a revocation to another reason',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [registryUncompared],
		because: 'the parameter says how the ledger is kept; what it covers is no parameter',
	},
	refusal: /The action \d+ was changed in the database by hand\.; The action \d+ was removed from the database by hand/,
	run: async ({ site, cli }) => {
		await site.commissionDevice('hall', 'probe-1');
		const on = (words: string): Promise<unknown> => cli(words.split(' '));
		await on('device quarantine probe-1 --application hall');
		await on('device release probe-1 --application hall');
		await on('revoke device probe-1 --application hall --reason stolen');
		await site.restart(
			byHand(
				`DELETE FROM action WHERE operation = 'device.release'`,
				`UPDATE action SET input = replace(input, 'stolen', 'retired') WHERE operation = 'principal.revoke'`,
			),
		);
		const { stdout } = await cli(['audit', '--json', '--limit', '2']);
		const told = (JSON.parse(stdout) as { operation: string; reason: string | null }[])
			.map(({ operation, reason }) => `${operation}${reason === null ? '' : ` (${reason})`}`)
			.join(', ');
		return verified(cli, `keyward audit ends with ${told}`);
	},
});
