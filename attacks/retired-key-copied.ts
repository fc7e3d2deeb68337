import { attack } from './harness/attack.ts';

export default attack({
	title: "a copy of a device's key, made before the device was retired at its own end, goes on sending",
	requirements: ['erased-at-retirement'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/agent/enrolment/retire.ts',
				find: 'untold = await tellSite(folder);',
				replace: 'untold = `nobody: ${typeof tellSite}`;',
			},
		],
		because: 'a device tells its site at every level; the parameter says what the posture asks',
	},
	refusal: 'certificate-revoked',
	run: async ({ site, cli }) => {
		const { identity, tls } = await site.commissionDevice('hall', 'probe-1');
		// `tls` is the copy: the folder itself is erased now.
		const retired = await cli(['device', 'retire', '--folder', identity.folder, '--yes', '--json']);
		if (retired.status !== 0) throw new Error(`the device was not retired: ${retired.stderr}`);
		const thief = await site.session({ tls });
		const { reason, why, code } = thief.connack;
		return { succeeded: reason === 0, saw: `CONNACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
