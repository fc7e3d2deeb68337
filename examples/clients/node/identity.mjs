import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What `keyward device commission --allow-plain-key` (or `reader commission`) left in a folder, as MQTT.js takes it.
 *
 * @param {string} folder
 */
export const openIdentity = async (folder) => {
	/** @param {string} name */
	const read = (name) => readFile(join(folder, name), 'utf8');
	const identity = /** @type {unknown} */ (JSON.parse(await read('identity.json')));
	const { application, id, mqttUrl, key } =
		/** @type {{ application: string, id: string, mqttUrl: string, key: string }} */ (identity);
	const keyFile = join('keys', `${key}.key`);
	const keyText = await read(keyFile);
	if (keyText.includes('ENCRYPTED')) {
		console.error(
			`${join(folder, keyFile)} is encrypted: for other programs than keyward, commission another device or reader with --allow-plain-key.`,
		);
		process.exit(2);
	}
	return {
		application,
		id,
		mqttUrl,
		/** @type {import('mqtt').IClientOptions} */
		options: {
			protocolVersion: 5,
			clientId: id,
			cert: await read('certificate.pem'),
			key: keyText,
			// The CA that the commissioning string pinned: no other may vouch for the service.
			ca: await read('service-ca.pem'),
			rejectUnauthorized: true,
			reconnectPeriod: 1000,
		},
	};
};
