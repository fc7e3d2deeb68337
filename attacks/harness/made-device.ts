import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hallPolicy } from '@keyward/testing/service/site';
import { makePartManufacturer } from '@keyward/testing/service/part-manufacturer';
import type { SiteSetup, SiteTools } from './attack.ts';
import { type EstAnswer, enrolWith, signerFor } from './est.ts';

/** The manufacturer, honest in whatever it signs. */
const mill = makePartManufacturer();

/** A site that believes the manufacturer, and whose policy asks this level of resistance. */
export const siteOfMill = (resistance: number) => async (): Promise<SiteSetup> => {
	const { root, signer } = await mill;
	const manufacturers = [{ name: 'mill', anchors: [root], emulated: false, manifestSigners: [signer] }];
	return {
		options: { trust: { manufacturers, revoked: new Set<string>(), deniedFirmware: [] } },
		policies: [
			hallPolicy
				.replace('resistance: 0', `resistance: ${resistance}`)
				.replace('custody: [software]', 'custody: [software, pkcs11]'),
		],
	};
};

/** A device of the manufacturer, with its key in hand. */
export interface MadeDevice {
	/** Imports what the manufacturer says of it, as it said it so many days ago. */
	say(device: object, daysAgo?: number): Promise<void>;
	/** Commissions it as `hall/probe-1`. */
	enrol(): Promise<EstAnswer>;
}

export const makeDevice = ({ site, folder }: Pick<SiteTools, 'site' | 'folder'>): MadeDevice => {
	const { privateKey }: { readonly privateKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	let files = 0;
	return {
		say: async (device, daysAgo = 0) => {
			const provisioningTimestamp = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
			const { list } = await mill;
			const entry = await list('0042', signerFor(privateKey).publicKey, { provisioningTimestamp, device });
			const file = join(folder, `box-${++files}.json`);
			await writeFile(file, JSON.stringify([entry]));
			await site.ask('manifest.import', { manufacturer: 'mill', file });
		},
		enrol: async () => {
			const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
			return enrolWith(site, commissioning, privateKey);
		},
	};
};
