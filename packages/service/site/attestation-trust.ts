import { hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import {
	type AttestationTrust,
	isRevocation,
	type Manufacturer,
	readManifestSigner,
	revocationsOf,
} from '@keyward/core/attest';
import { isPart, partOfManufacturer } from '@keyward/core/device';
import { readAnchors } from './anchors.ts';
import { readCertificateFile } from './certificate-file.ts';
import type { Manufacturer as WrittenManufacturer, SiteFile } from './site-file.ts';

/** Whom the site file believes about parts, with the certificates read. Throws `Problem('site-configuration')`. */
export const readTrust = async ({ manufacturers, emulators }: SiteFile): Promise<AttestationTrust> => {
	const written = [...manufacturers, ...emulators];
	const read = await Promise.all(
		written.map((manufacturer) => readManufacturer(manufacturer, emulators.includes(manufacturer))),
	);
	const atHand = read.flatMap(({ anchors, manifestSigners = [] }) => [...anchors, ...manifestSigners]);
	const revoked = await Promise.all(
		written.flatMap((manufacturer) =>
			manufacturer.revoked.map((entry) => readRevoked(entry, manufacturer.name, atHand)),
		),
	);
	return {
		manufacturers: read,
		revoked: new Set(revoked.flat()),
		deniedFirmware: written.flatMap(({ name, deniedFirmware }) =>
			deniedFirmware.map((version) => ({ manufacturer: name, version: BigInt(`0x${version}`) })),
		),
	};
};

/** A part, a certificate's identity, the file of a certificate, or the SHA-256 of one of those that the site file names. */
const readRevoked = async (entry: string, manufacturer: string, atHand: readonly Uint8Array[]): Promise<string[]> => {
	if (isPart(entry)) return [partOfManufacturer(entry, manufacturer)];
	if (isRevocation(entry)) return [entry];
	if (!/^[0-9a-f]{64}$/.test(entry)) {
		return (await readCertificateFile(entry, `revoked by ${manufacturer}`)).flatMap(({ raw }) =>
			revocationsOf(Uint8Array.from(raw)),
		);
	}
	const found = atHand.find((der) => hash('sha256', der) === entry);
	if (found !== undefined) return revocationsOf(found);
	// RFC 5280 §5.3: the holder of a revoked certificate can rewrite its signature, and with it this hash.
	throw new Problem(
		'site-configuration',
		`revoked of ${manufacturer} names the certificate ${entry.slice(0, 16)}… by the hash of its bytes, which its holder can change: write the path of its file (.pem, .crt, .cer or .der), or tbs: and the SHA-256 of its signed part (docs/manufacturers.md).`,
	);
};

const readManufacturer = async (written: WrittenManufacturer, emulated: boolean): Promise<Manufacturer> => {
	const { name, manifestSigners } = written;
	const signers = await Promise.all(manifestSigners.map((file) => readSigners(file, `a manifest signer of ${name}`)));
	return { name, anchors: await readAnchors(written), emulated, manifestSigners: signers.flat() };
};

const readSigners = async (file: string, what: string): Promise<Uint8Array[]> => {
	const certificates = (await readCertificateFile(file, what)).map(({ raw }) => Uint8Array.from(raw));
	try {
		for (const der of certificates) readManifestSigner(der);
	} catch (cause) {
		if (!(cause instanceof Problem)) throw cause;
		throw new Problem('site-configuration', `${file} is not ${what}: ${cause.detail}`, { cause });
	}
	return certificates;
};
