import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../folder.ts';
import { createFileKey, exposePrivateKeyForTls } from '@keyward/custody';
import { keyFolder } from '../../agent/hardware/file-key-store.ts';
import { identityFile, type IdentityRecord, serviceCaFile, writeCertificate } from '../../agent/identity/identity.ts';
import type { TestCertificates } from './broker.ts';

/** A device folder as `commission` makes it, for the device hall/probe, its certificate issued by the test's device CA. */
export const makeDeviceFolder = async (
	mqttUrl: string,
	{ folder: pki, serviceCa }: TestCertificates,
): Promise<string> => {
	const folder = temporaryFolder('keyward-device-');
	await createFileKey(keyFolder(folder), 'tls', 'P-256');
	writeFileSync(join(pki, 'probe.key'), await exposePrivateKeyForTls(keyFolder(folder), 'tls'), { mode: 0o600 });
	const openssl = (input: string, ...args: string[]): string =>
		execFileSync('openssl', args, { cwd: pki, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
	const csr = openssl('', 'req', '-new', '-key', 'probe.key', '-subj', '/O=hall/CN=probe');
	await writeCertificate(
		folder,
		openssl(
			csr,
			'x509',
			'-req',
			'-days',
			'2',
			'-CA',
			'device-ca.pem',
			'-CAkey',
			'device-ca.key',
			'-extfile',
			'device.ext',
		) + readFileSync(join(pki, 'device-ca.pem'), 'utf8'),
	);
	writeFileSync(serviceCaFile(folder), serviceCa);
	const record: IdentityRecord = {
		version: 1,
		kind: 'device',
		application: 'hall',
		id: 'probe',
		class: null,
		serviceUrl: 'https://localhost:1',
		estUrl: 'https://localhost:1',
		mqttUrl,
		key: 'tls',
		plainKey: false,
		sealFile: null,
	};
	writeFileSync(identityFile(folder), JSON.stringify(record));
	return folder;
};
