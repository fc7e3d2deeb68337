import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certify, makeAuthority } from './certificates.ts';
import type { Identity } from './target.ts';

/**
 * What a server needs that brings no certificates: `ca.pem`, `server.pem` and `server.key` in the folder, and for each device a
 * certificate whose common name is its client identifier; made once for each folder.
 */
export const peerIdentities = async (folder: string, devices: number): Promise<Identity[]> => {
	const file = join(folder, 'identities.json');
	if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Identity[];
	const authority = await makeAuthority();
	const server = await certify(authority, 'localhost', 'server');
	const identities: Identity[] = [];
	for (let i = 0; i < devices; i++) {
		const name = `d${String(i).padStart(5, '0')}`;
		const certified = await certify(authority, name, 'client');
		identities.push({ ...certified, clientId: name, topic: `bench/${name}/temperature` });
	}
	const secret = { mode: 0o600 };
	writeFileSync(join(folder, 'ca.pem'), authority.certificate.toString('pem'));
	writeFileSync(join(folder, 'server.pem'), server.certificate);
	writeFileSync(join(folder, 'server.key'), server.key, secret);
	writeFileSync(file, JSON.stringify(identities), secret);
	return identities;
};
