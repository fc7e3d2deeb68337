import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { generationName } from '@keyward/core/port';
import { fileKeyStore, keyFileOf, openFileKey, readPrivate, sealFileOf } from '@keyward/custody';
import type { StoreLook } from '@keyward/store';
import { type Check, finding, held, type Patient, unknown } from './check.ts';
import { otherOwnerOf } from './data-folder.ts';

const sealOf = ({ data, site }: Patient): string =>
	process.env['KEYWARD_SEAL_FILE'] || (site?.sealFile ?? sealFileOf(join(data, 'authority', 'keys')));

const explain = (check: string, error: unknown, mend: string): Check => {
	if (!(error instanceof Problem)) throw error;
	return finding(check, error.detail, mend);
};

/** Keys open for the user of the site alone: of another's nothing can be said, for root neither. */
const ofAnother = (check: string, user: number): Check =>
	unknown(check, `they belong to user ${user}, and open for that user alone: run doctor as the user who runs the site`);

/** What the store says counts of the site's CAs is there: after a restore of one without the other the site would not start. */
export const checkCas = ({ data }: Patient, look: StoreLook | null): Check[] => {
	if (look === null || look.cas.length === 0) return [];
	const folder = join(data, 'authority');
	const missing = look.cas.flatMap(({ ca, number, custody }) => {
		const name = generationName(ca, number);
		const files = [join(folder, `${name}.pem`), ...(custody === 'file' ? [keyFileOf(join(folder, 'keys'), name)] : [])];
		return files.filter((file) => !existsSync(file));
	});
	if (missing.length === 0) return [held('CAs', `${look.cas.length} generations count, and are there`)];
	return [
		finding(
			'CAs',
			`${missing.join(', ')} is gone, and counts`,
			'restore database and keys from one backup, or start with --lost-key CA',
		),
	];
};

/** What stored readings are encrypted for is there and opens; without it every reading is lost. */
export const checkReadingsKey = async ({ data, site }: Patient): Promise<Check[]> => {
	const check = 'encryption of readings';
	const folder = join(data, 'encryption');
	if (!existsSync(join(folder, 'key-encryption-key.json')))
		return [held(check, 'not begun; the next start of keyward serve makes the key')];
	if (!existsSync(keyFileOf(join(folder, 'keys'), 'readings'))) return [];
	const other = await otherOwnerOf(folder);
	if (other !== null) return [ofAnother(check, other)];
	const sealFile = process.env['KEYWARD_SEAL_FILE'] || (site?.sealFile ?? sealFileOf(join(folder, 'keys')));
	const inside = sealFile.startsWith(`${data}/`);
	try {
		await readPrivate(sealFile);
		await fileKeyStore(join(folder, 'keys'), { sealFile }).openAgreement('readings');
		const where = inside ? `its seal ${sealFile} lies beside it: keep a copy apart` : `its seal is ${sealFile}`;
		return [held(check, `the key opens; ${where}`)];
	} catch (error) {
		return [
			explain(
				check,
				error,
				'put the seal and the folder encryption back from one backup: readings open with them alone',
			),
		];
	}
};

/** The seal is there, private, and opens every key file; every key is its certificate's. */
export const checkKeys = async (patient: Patient): Promise<Check[]> => {
	const folder = join(patient.data, 'authority');
	if (!existsSync(folder)) return [held('seal', 'the site has no keys yet; keyward serve makes them')];
	const other = await otherOwnerOf(folder);
	if (other !== null) return [ofAnother('keys', other)];
	const sealFile = sealOf(patient);
	try {
		await readPrivate(sealFile);
	} catch (error) {
		return [explain('seal', error, 'put the seal back, or name it: seal-file in the site file, or KEYWARD_SEAL_FILE')];
	}
	const inside = sealFile.startsWith(`${patient.data}/`);
	const seal = held(
		'seal',
		inside ? `${sealFile}: on the disk that it guards, so a thief of the disk has both` : sealFile,
	);
	return [seal, ...(await checkPairs(folder, sealFile))];
};

const checkPairs = async (folder: string, sealFile: string): Promise<Check[]> => {
	const keys = join(folder, 'keys');
	const found: Check[] = [];
	let good = 0;
	for (const file of (await readdir(folder)).filter((name) => name.endsWith('.pem'))) {
		const name = file.slice(0, -'.pem'.length);
		if (!existsSync(keyFileOf(keys, name))) continue;
		try {
			const signer = await openFileKey(keys, name, { sealFile });
			const { publicKey } = new X509Certificate(await readFile(join(folder, file)));
			const certified = publicKey.export({ type: 'spki', format: 'der' });
			if (Buffer.compare(certified, signer.publicKey) === 0) good++;
			else found.push(finding('keys', `${file} is not the certificate of its key`, `restore both from one backup`));
		} catch (error) {
			found.push(
				explain('keys', error, `restore ${keyFileOf(keys, name)} from the backup that its certificate is from`),
			);
		}
	}
	if (found.length > 0) return found;
	return [
		good === 0 ? unknown('keys', 'no key file has a certificate') : held('keys', `${good} key files open and match`),
	];
};
