import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Says what is wrong, without where in the program.
 *
 * @param {string} why
 * @returns {never}
 */
export const end = (why) => {
	console.error(why);
	process.exit(2);
};

/**
 * What `keyward device commission --allow-plain-key` (or `reader commission`) left in a folder, as MQTT.js takes it.
 *
 * @param {string} folder
 */
export const openIdentity = async (folder) => {
	/** @param {string} name */
	const read = (name) =>
		readFile(join(folder, name), 'utf8').catch((/** @type {unknown} */ error) => {
			const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
			const how =
				code === 'EACCES'
					? 'run this as the user that owns it'
					: 'give the folder that `keyward device commission` or `keyward reader commission` made with --allow-plain-key';
			return end(`${join(folder, name)} cannot be read (${code}): ${how}.`);
		});
	const identity = /** @type {unknown} */ (JSON.parse(await read('identity.json')));
	const { application, id, mqttUrl, key } =
		/** @type {{ application: string, id: string, mqttUrl: string, key: string }} */ (identity);
	const keyFile = join('keys', `${key}.key`);
	const keyText = await read(keyFile);
	if (keyText.includes('ENCRYPTED')) {
		end(
			`${join(folder, keyFile)} is encrypted: for other programs than keyward, commission another device or reader with --allow-plain-key.`,
		);
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
