import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { qualifiedName } from '@keyward/core/device/principal-name';
import { writeDurably } from '@keyward/custody';
import { attestCleared } from '../est/client.ts';
import { openIdentity } from '../identity/identity.ts';
import { callSite } from './call-site.ts';
import { sendRequest } from './send-request.ts';

/** What is kept in the device's folder while its TPM is cleared, so that the same call goes on after a crash. */
export const CLEARING_FILE = 'clearing.json';

interface Progress {
	/** What the device proves itself with once its key is gone. */
	readonly secret: string;
	/** True once the site has revoked its certificate. */
	readonly told: boolean;
}

/**
 * Clears the device's TPM and shows the site by its clock that it was: before, that the key is in it; then, that the device retires; then
 * the clearing; then the word of the cleared TPM (erased-at-retirement: attested). Cut short anywhere, the same call goes on, and clears
 * again: the clock of a TPM that went on running would soon show nothing.
 *
 * Throws before anything is given up: `Problem('request-malformed')` for a device whose key no TPM has shown, `tpm-failed`, and what the
 * site refuses with or cannot be reached by.
 */
export const clearPart = async (folder: string): Promise<void> => {
	const identity = await openIdentity(folder);
	const { hardware, attested, estUrl, serviceCa, key } = identity;
	if (hardware?.custody !== 'tpm2' || attested !== true) {
		throw new Problem(
			'request-malformed',
			`${identity.id} has no key that its TPM has shown to the site: retire it without --clear-tpm.`,
		);
	}
	const { requireClearableTpm, speakCleared } = await import('../hardware/clear-tpm2.ts');
	await requireClearableTpm(hardware);
	const path = join(folder, CLEARING_FILE);
	let progress = await readProgress(path);
	if (progress === null) {
		const { secret } = await sendRequest(identity, { certify: null, clearing: true });
		if (secret === null) throw new Problem('tpm-failed', 'The TPM has no certificate of its manufacturer any more.');
		progress = { secret, told: false };
		await writeDurably(path, JSON.stringify(progress), 'replace');
	}
	if (!progress.told) {
		await callSite(identity, { operation: 'device.retire', input: {} }).catch((error: unknown) => {
			// Told by a call that was cut short after it.
			if (!(error instanceof Problem) || error.code !== 'certificate-revoked') throw error;
		});
		await writeDurably(path, JSON.stringify({ ...progress, told: true }), 'replace');
	}
	const { secret } = progress;
	await speakCleared(folder, hardware, key, (cleared) =>
		attestCleared({ url: estUrl, serviceCa }, cleared, qualifiedName(identity), secret),
	);
};

const readProgress = async (path: string): Promise<Progress | null> => {
	const text = await readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	if (text === null) return null;
	try {
		const { secret, told } = JSON.parse(text) as Partial<Progress>;
		if (typeof secret === 'string' && typeof told === 'boolean') return { secret, told };
	} catch {
		// Said below.
	}
	throw new Problem('identity-file', `${path} is damaged: delete it, and run this again.`);
};
