import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createChecks } from '@keyward/core/keycheck';
import { scan } from './index.ts';
import { folderForTests, hex } from './scan.fixture.ts';

/** Severity and detail of each finding about sharing among files, which `sharing` writes into a folder that is new. */
export const sharingForTests = () => {
	const { path, write } = folderForTests();
	const sharing = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> => {
		const folder = hex(randomBytes(4));
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(dirname(path(`${folder}/${name}`)), { recursive: true });
			write(`${folder}/${name}`, content);
		}
		const checks = createChecks({ runKey: randomBytes(32), published: new Map(), now: Date.now() });
		await scan([path(folder)], { onMaterial: (material) => checks.add(material), onProblem: () => undefined });
		return checks
			.findings()
			.filter(({ check }) => check === 'duplicate-key' || check === 'shared-psk')
			.map(({ severity, detail }) => `${severity}: ${detail}`);
	};
	return { sharing };
};

export const secret = (): string => hex(randomBytes(16));

/** A new private key, as PEM. */
export const privateKey = (): string =>
	generateKeyPairSync('ec', {
		namedCurve: 'P-256',
		privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
		publicKeyEncoding: { type: 'spki', format: 'pem' },
	}).privateKey;
