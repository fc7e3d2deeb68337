import { Problem } from '@keyward/core';
import { type AttestationTrust, type Maker, readManifestSigner } from '@keyward/core/attest';
import { readAnchors } from './anchors.ts';
import { readCertificateFile } from './certificate-file.ts';
import type { Maker as WrittenMaker, SiteFile } from './site-file.ts';

/** Whom the site file believes about parts, with the certificates read. Throws `Problem('site-configuration')`. */
export const readTrust = async ({ makers, emulators }: SiteFile): Promise<AttestationTrust> => {
	const written = [...makers, ...emulators];
	return {
		makers: await Promise.all(written.map((maker) => readMaker(maker, emulators.includes(maker)))),
		revoked: new Set(written.flatMap(({ revoked }) => revoked)),
		deniedFirmware: written.flatMap(({ name, deniedFirmware }) =>
			deniedFirmware.map((version) => ({ maker: name, version: BigInt(`0x${version}`) })),
		),
	};
};

const readMaker = async (written: WrittenMaker, emulated: boolean): Promise<Maker> => {
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
		throw new Problem('site-configuration', `${file}, ${what}, is none: ${cause.detail}`, { cause });
	}
	return certificates;
};
