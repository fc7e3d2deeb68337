import { isRevocation } from '@keyward/core/attest';
import { isPart } from '@keyward/core/device';
import { list, type Value } from '@keyward/core/policy';
import type { Manufacturer } from './site-file.ts';
import { path, type SiteDocument, words } from './written.ts';

const keys = ['name', 'anchors', 'manifests', 'manifest-signers', 'revoked', 'denied-firmware'];

const REVOKED =
	'the file of a certificate (.pem, .crt, .cer, .der), tbs: and the SHA-256 of its signed part, or a part such as ek:…';

const CERTIFICATE_FILE = /\.(?:pem|crt|cer|der)$/;
const revoked = (scalar: unknown): string | null =>
	typeof scalar === 'string' &&
	(/^[0-9a-f]{64}$/.test(scalar) || isRevocation(scalar) || isPart(scalar) || CERTIFICATE_FILE.test(scalar))
		? scalar
		: null;

const FIRMWARE = 'a TPM firmware version in hex, as the TPM gives it, in quotes';
const firmwareVersion = (scalar: unknown): string | null =>
	typeof scalar === 'string' && /^[0-9a-f]{1,16}$/.test(scalar) ? scalar : null;

/** `manufacturers` or `emulators` of a site file; findings where they are not as they should be. */
export const readManufacturers = (site: SiteDocument, value: Value | undefined): Manufacturer[] => {
	if (value === undefined) return [];
	const { document } = site;
	const found: Manufacturer[] = [];
	for (const item of document.items(value) ?? []) {
		const members = document.members(item, keys, ['name', 'anchors']);
		const [nameAt, anchorsAt, manifestsAt] = [members?.get('name'), members?.get('anchors'), members?.get('manifests')];
		const signersAt = members?.get('manifest-signers');
		const [revokedAt, firmwareAt] = [members?.get('revoked'), members?.get('denied-firmware')];
		const name = nameAt && document.scalar(nameAt, 'the name of a manufacturer', words);
		const anchors = anchorsAt && files(site, anchorsAt, 1);
		const manifests = manifestsAt ? files(site, manifestsAt, 0) : [];
		const manifestSigners = signersAt ? files(site, signersAt, 0) : [];
		const revoked = revokedAt ? revocations(site, revokedAt) : [];
		const deniedFirmware = firmwareAt ? list(document, firmwareAt, FIRMWARE, firmwareVersion, 0) : [];
		if (!name || !anchors || !manifests || !manifestSigners || !revoked || !deniedFirmware) continue;
		if (found.some((manufacturer) => manufacturer.name === name))
			document.bad(item.offset, `${value.path} names ${name} twice: put its files into one entry`);
		found.push({ name, anchors, manifests, manifestSigners, revoked, deniedFirmware });
	}
	return found;
};

/** Files by their path, everything else as it stands. */
const revocations = (site: SiteDocument, value: Value): string[] | null => {
	const written = list(site.document, value, REVOKED, revoked, 0);
	if (written === null) return null;
	const entries = (site.document.items(value) ?? []).map((item, at) =>
		CERTIFICATE_FILE.test(written[at] ?? '') ? path(site, item) : (written[at] ?? null),
	);
	return entries.every((one) => one !== null) ? entries : null;
};

const files = (site: SiteDocument, value: Value, least: 0 | 1): string[] | null => {
	const written = list(site.document, value, 'the path of a file', words, least);
	if (written === null) return null;
	const paths = (site.document.items(value) ?? []).map((item) => path(site, item));
	return paths.every((one) => one !== null) ? paths : null;
};
