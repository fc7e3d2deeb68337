import { keyFingerprint, keyHash } from '../../keycheck/fingerprint.ts';
import type { Material } from '../../keycheck/material.ts';
import type { Inventory } from '../inventory.ts';
import { collectHolders, deviceNamed, type NameSecret } from './holders.ts';

/**
 * Collects an inventory from keys as they are found in files: exports of ChirpStack and The Things Stack, lists of PSKs,
 * certificates and private keys. Who holds a key is whom its place names; a bare copy names nobody and is left out.
 */
export const collectMaterials = (
	source: string,
	nameSecret: NameSecret,
): { add(material: Material): void; inventory(): Inventory } => {
	const holders = collectHolders();
	let [unnamed, secrets] = [0, 0];
	const authorities = new Map<string, string>();
	return {
		add: (material) => {
			if (material.kind === 'signature') return;
			if (material.kind === 'psk') {
				secrets++;
				if (material.device === null) unnamed++;
				else {
					const name = `psk ${nameSecret(Buffer.from(material.secret).toString('hex'))}`;
					// The export has it, so it was outside any part.
					holders.add(deviceNamed(material.device), name, {
						custody: 'software',
						opensRecorded: true,
					});
				}
				return;
			}
			const key = keyFingerprint(keyHash(material.spki));
			const { certificate } = material;
			if (certificate?.isCa === true) {
				authorities.set(certificate.subject, key);
				return;
			}
			const [device] = certificate === null ? material.names : [...certificate.names, certificate.subject];
			if (device === undefined || device === '') unnamed++;
			else
				holders.add(device, key, {
					custody: 'software',
					opensRecorded: false,
					...(certificate !== null && !certificate.selfSigned && { authority: certificate.issuer }),
				});
		},
		inventory: () => {
			const devices = holders.devices();
			// A CA of which nothing but its name is known still issues for these names.
			const named = new Set([...authorities.keys(), ...devices.flatMap(({ authorities: by }) => by)]);
			return {
				source,
				devices,
				...{ readers: [], gateways: [], updateRoles: [], people: [], service: null },
				authorities: [...named].map((id) => ({
					id,
					key: { key: authorities.get(id) ?? `key of ${id}`, custody: 'software', opensRecorded: false },
					...{ onService: false, certifies: [], certifiesService: false },
				})),
				assumptions: [
					'Each key counts as a file: an export or folder that holds it, or its certificate, does not show hardware.',
					...(secrets > 0 ? ['A pre-shared key opens what was recorded of its device.'] : []),
					...(unnamed > 0 ? [`${unnamed} keys name no holder, and are left out.`] : []),
				],
			};
		},
	};
};
