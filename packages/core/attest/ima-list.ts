import { LittleEndian, logMalformed } from './little-endian.ts';
import { extend, initialPcr, PCR_BYTES, sha256 } from './pcr.ts';

/** A file that Linux measured before it was used (IMA, template `ima-ng` or `ima-sig`). */
export interface MeasuredFile {
	readonly path: string;
	/** SHA-256 of its contents, lower-case hex; null where the kernel measured with another hash, or saw it change while it was read. */
	readonly sha256: string | null;
}

const TEMPLATES = ['ima-ng', 'ima-sig', 'ima-ngv2', 'ima-sigv2'];
const SHA1_BYTES = 20;
const LARGEST_NAME = 64;
const IMA_PCR = 10;

const decoder = new TextDecoder('utf-8');

/**
 * The list of measurements of a running Linux (`binary_runtime_measurements`), as far as it explains this PCR 10: the list grows while it
 * is read, so what follows is left out. Null when no beginning of it does: somebody changed the list, or measured what is not in it.
 * Throws `Problem('boot-log-malformed')`.
 */
export const replayImaList = (bytes: Uint8Array, pcr10: Uint8Array): readonly MeasuredFile[] | null => {
	const reader = new LittleEndian(bytes);
	const files: MeasuredFile[] = [];
	let value = initialPcr(IMA_PCR);
	if (Buffer.compare(value, pcr10) === 0) return files;
	while (reader.rest > 0) {
		if (reader.u32() !== IMA_PCR) logMalformed('The IMA list extends another PCR than 10');
		const templateHash = reader.take(SHA1_BYTES);
		const nameSize = reader.u32();
		if (nameSize > LARGEST_NAME) logMalformed(`An IMA template's name has ${nameSize} bytes`);
		const template = decoder.decode(reader.take(nameSize));
		if (!TEMPLATES.includes(template)) {
			logMalformed(`IMA template ${JSON.stringify(template)} is not read: use ima-ng or ima-sig (ima_template=)`);
		}
		const data = reader.sized();
		// A violation: the kernel could not say what was used, and extends ones (security/integrity/ima/ima_main.c).
		const violated = templateHash.every((octet) => octet === 0);
		value = extend(value, violated ? new Uint8Array(PCR_BYTES).fill(0xff) : sha256(data));
		files.push(readTemplate(data, violated));
		if (Buffer.compare(value, pcr10) === 0) return files;
	}
	return null;
};

/** `d-ng` ("sha256:" 0 digest; in v2 "ima:sha256:" 0 digest), then `n-ng` (path 0). */
const readTemplate = (data: Uint8Array, violated: boolean): MeasuredFile => {
	const reader = new LittleEndian(data);
	const digest = reader.sized();
	const name = reader.sized();
	const end = digest.indexOf(0);
	const algorithm = decoder
		.decode(digest.subarray(0, Math.max(end, 0)))
		.replace(/^(?:ima|verity):/, '')
		.replace(/:$/, '');
	const value = digest.subarray(end + 1);
	const known = !violated && end > 0 && algorithm === 'sha256' && value.length === PCR_BYTES;
	return {
		path: decoder.decode(name).replace(/\0$/, ''),
		sha256: known ? Buffer.from(value).toString('hex') : null,
	};
};
