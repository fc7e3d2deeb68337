import { Problem } from '@keyward/core';
import { openCommand } from './command-transport.ts';
import { openDevice } from './device-transport.ts';
import { openSwtpm } from './socket-transport.ts';
import type { Transport } from './transport.ts';

/** True when several programs can use that TPM at once. Throws as {@link readTcti}. */
export const takesSeveral = (tcti: string): boolean => readTcti(tcti).resourceManager;

/** Where a TPM is, in the words of tpm2-tools' `--tcti`. */
interface Tcti {
	/** True when slots and sessions are managed for us, so that others' are apart from ours and no TPM2_Startup is due. */
	readonly resourceManager: boolean;
	open(): Promise<Transport>;
}

/**
 * `device:/dev/tpmrm0` (the default), `device:/dev/tpm0`, `swtpm:path=/run/swtpm.sock`, `swtpm:host=127.0.0.1,port=2321`,
 * `tabrmd`, `tabrmd:bus_type=session`. Throws `Problem('tpm-unreachable')` for others.
 */
export const readTcti = (text: string): Tcti => {
	const [kind = '', ...tail] = text.split(':');
	const rest = tail.join(':');
	if (kind === 'device') {
		const path = rest === '' ? '/dev/tpmrm0' : rest;
		return { resourceManager: path.includes('tpmrm'), open: () => openDevice(path) };
	}
	if (kind === 'swtpm') {
		const settings = new Map(rest.split(',').map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]));
		const path = settings.get('path');
		const port = Number(settings.get('port') ?? '2321');
		const address = path === undefined ? { host: settings.get('host') ?? '127.0.0.1', port } : { path };
		if (Number.isInteger(port) && port > 0 && port < 65_536) {
			return { resourceManager: false, open: () => openSwtpm(address) };
		}
	}
	if (kind === 'tabrmd') return { resourceManager: true, open: () => openCommand('tpm2_send', '--tcti', text) };
	throw new Problem(
		'tpm-unreachable',
		`"${text}" names no TPM: use device:/dev/tpmrm0, device:/dev/tpm0, swtpm:path=SOCKET, swtpm:host=HOST,port=PORT or tabrmd.`,
	);
};
