import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { endProcesses, startSwtpmOn } from '@keyward/testing/custody/tpm-programs';
import { attack } from './harness/attack.ts';

/** More than the power cuts that this TPM takes for wrong PINs before it locks. */
const CUTS = 5;

export default attack({
	title: 'somebody who can pull the plug locks a device out of its key in a TPM, by power cuts while it works',
	requirements: ['key-custody'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/format/tpm2/template.ts',
				find: `const withoutPin = ['noDA'] as const;`,
				replace: 'const withoutPin = [] as const;',
			},
		],
		because: 'how a key in a TPM is made is no part of a policy',
	},
	refusal: /^commissioned after 5 power cuts$/,
	run: async ({ site, cli, folder, after }) => {
		const plug = await openPlug(folder, after);
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const string = join(folder, 'string');
		await writeFile(string, commissioning, { mode: 0o600 });
		const words = ['--folder', join(folder, 'home'), '--custody', 'tpm2', '--tpm', plug.tcti];
		const commission = () => cli(['device', 'commission', '--from', string, ...words, '--json']);
		for (let cut = 1; cut <= CUTS; cut++) {
			plug.pullAfterSigning = true;
			const { status, stderr } = await commission();
			if (isLocked(stderr)) return { succeeded: true, saw: wordsOf(stderr), refusal: null };
			if (status === 0 || plug.pullAfterSigning) throw new Error(`the key was not used in try ${cut}: ${stderr}`);
			await plug.putBack();
		}
		const { status, stderr } = await commission();
		const saw = status === 0 ? `commissioned after ${CUTS} power cuts` : wordsOf(stderr);
		return { succeeded: isLocked(stderr), saw, refusal: status === 0 ? saw : null };
	},
});

const isLocked = (stderr: string): boolean => stderr.includes('TPM_RC_LOCKOUT');
const wordsOf = (stderr: string): string => stderr.slice(Math.max(0, stderr.indexOf('TPM_RC_LOCKOUT')));

const TPM2_SIGN = 0x15d;

/** A TPM whose supply is cut when it has signed, before anybody learns what. */
const openPlug = async (folder: string, after: (end: () => unknown) => void) => {
	const state = join(folder, 'state');
	await mkdir(state);
	const socket = join(folder, 'tpm');
	let supply = await startSwtpmOn(state, socket);
	after(() => endProcesses([supply]));
	let pulled: Promise<unknown> = Promise.resolve();
	const path = join(folder, 'plug');
	const plug = {
		tcti: `swtpm:path=${path}`,
		pullAfterSigning: false,
		putBack: async () => {
			await pulled;
			supply = await startSwtpmOn(state, socket);
		},
	};
	const server = createServer((client) => {
		const tpm = connect(socket);
		let signs = false;
		for (const one of [client, tpm]) one.on('error', () => {});
		client.on('close', () => tpm.destroy());
		tpm.on('close', () => client.destroy());
		client.on('data', (command) => {
			signs = command.length >= 10 && command.readUInt32BE(6) === TPM2_SIGN;
			tpm.write(command);
		});
		tpm.on('data', (answer) => {
			if (!signs || !plug.pullAfterSigning) return void client.write(answer);
			plug.pullAfterSigning = false;
			pulled = endProcesses([supply]);
			client.destroy();
		});
	});
	// TLS goes by tpm2-pkcs11, whose way to swtpm has a control channel beside it.
	const control = createServer((client) => {
		const tpm = connect(`${socket}.ctrl`);
		for (const one of [client, tpm]) one.on('error', () => {});
		client.pipe(tpm).pipe(client);
	});
	for (const [one, at] of [
		[server, path],
		[control, `${path}.ctrl`],
	] as const) {
		one.listen(at);
		await once(one, 'listening');
		after(() => one.close());
	}
	return plug;
};
