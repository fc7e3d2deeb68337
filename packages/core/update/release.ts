import { Problem } from '../problem/problem.ts';
import type { Refusal } from '../problem/refusal.ts';
import { readReleaseTarget, type ReleaseName } from './release-target.ts';
import { writtenInstant } from '../units/written-instant.ts';

/** How a device puts an image in force. */
export const installers = ['directory', 'command', 'rauc', 'swupdate'] as const;
export type Installer = (typeof installers)[number];

/** The image in pieces of `size` bytes, the last one shorter: a device fetches those that it has not. */
export interface Chunks {
	readonly size: number;
	/** SHA-256 of each, lower-case hex, in order. */
	readonly hashes: readonly string[];
}

/** What the owner signs of an image beside its length and hash: `custom` of its target (TUF 1.0.31 §4.5). */
export interface Release extends ReleaseName {
	/** A device that confirmed it takes nothing below from then on. */
	readonly securityFloor: number;
	readonly installer: Installer;
	/** SHA-256 of the bill of materials beside it, lower-case hex; null: without one. */
	readonly bom: string | null;
	/** SHA-256 of the boot reference values beside it; null: without. */
	readonly boot: string | null;
	/** The last day of the support of this version, such as 2031-12-31; null: not said. */
	readonly supportUntil: string | null;
	readonly chunks: Chunks | null;
}

/** No image is larger: what a device can hold twice. */
export const LARGEST_IMAGE = 4 * 1024 ** 3;
/** Their hashes lie in metadata that every device of the application fetches. */
export const MOST_CHUNKS = 16_384;
const SMALLEST_CHUNK = 4096;

const TYPE = 'keyward-release';
const HEX = /^[0-9a-f]{64}$/;
const needed = ['type', 'version', 'application', 'class', 'release', 'securityFloor', 'installer', 'bom', 'boot'];
const optional = ['supportUntil', 'chunks'];

/**
 * Reads `custom` of the image at `path`, which has `length` bytes. What it says of application, class and version must be what the path
 * says: a signer sees one of the two, a device may act on the other. Throws `Problem('release-malformed')`.
 */
export const readRelease = (custom: unknown, path: string, length: number): Release => {
	const wrong = (what: string): Problem =>
		new Problem('release-malformed', `The release ${JSON.stringify(path.slice(0, 200))} cannot be used: ${what}.`);
	const target = readReleaseTarget(path);
	if (target?.file !== 'image') throw wrong('its path is not releases/APPLICATION/CLASS/VERSION/image');
	if (!Number.isSafeInteger(length) || length < 1 || length > LARGEST_IMAGE)
		throw wrong(`its length is not from 1 to ${LARGEST_IMAGE} bytes`);
	if (!isObject(custom)) throw wrong('its custom is no object');
	const unknown = Object.keys(custom).find((name) => !needed.includes(name) && !optional.includes(name));
	if (unknown !== undefined) throw wrong(`${JSON.stringify(unknown.slice(0, 80))} is not known`);
	const absent = needed.find((name) => !Object.hasOwn(custom, name));
	if (absent !== undefined) throw wrong(`${absent} is missing`);
	if (custom['type'] !== TYPE) throw wrong(`its type is not ${TYPE}`);
	if (custom['version'] !== 1) throw wrong('its version is not 1, the one that is known here');
	for (const name of ['application', 'class', 'release'] as const)
		if (custom[name] !== target[name]) throw wrong(`its ${name} is not that of its path`);
	const floor = custom['securityFloor'];
	if (!isWhole(floor, 0)) throw wrong('its securityFloor is no whole number from 0');
	const installer = installers.find((one) => one === custom['installer']);
	if (installer === undefined) throw wrong(`its installer is none of ${installers.join(', ')}`);
	const { application, class: className, release } = target;
	return {
		...{ application, class: className, release, securityFloor: floor, installer },
		bom: hashOrNull(custom['bom'], () => wrong('its bom is neither a SHA-256 nor null')),
		boot: hashOrNull(custom['boot'], () => wrong('its boot is neither a SHA-256 nor null')),
		supportUntil: dayOrNull(custom['supportUntil'], () => wrong('its supportUntil is no day such as 2031-12-31')),
		chunks: readChunks(custom['chunks'], length, wrong),
	};
};

/** As {@link readRelease} reads it. */
export const writeRelease = ({ supportUntil, chunks, ...release }: Release): Record<string, unknown> => ({
	...{ type: TYPE, version: 1, application: release.application, class: release.class, release: release.release },
	...{ securityFloor: release.securityFloor, installer: release.installer, bom: release.bom, boot: release.boot },
	...(supportUntil !== null && { supportUntil }),
	...(chunks !== null && { chunks: { size: chunks.size, hashes: [...chunks.hashes] } }),
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isWhole = (value: unknown, from: number): value is number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= from;

const isHash = (value: unknown): value is string => typeof value === 'string' && HEX.test(value);

const hashOrNull = (value: unknown, wrong: () => Problem): string | null => {
	if (value === null || isHash(value)) return value;
	throw wrong();
};

const dayOrNull = (value: unknown, wrong: () => Problem): string | null => {
	if (value === undefined) return null;
	if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) throw wrong();
	if (writtenInstant(value) === null) throw wrong();
	return value;
};

const readChunks = (value: unknown, length: number, wrong: (what: string) => Problem): Chunks | null => {
	if (value === undefined) return null;
	if (!isObject(value) || Object.keys(value).toSorted().join() !== 'hashes,size')
		throw wrong('its chunks are not { size, hashes }');
	const { size, hashes } = value;
	if (!isWhole(size, SMALLEST_CHUNK)) throw wrong(`the size of its chunks is no whole number from ${SMALLEST_CHUNK}`);
	if (!Array.isArray(hashes) || hashes.length > MOST_CHUNKS || !hashes.every(isHash))
		throw wrong(`the hashes of its chunks are no list of at most ${MOST_CHUNKS} SHA-256`);
	// Else a device would assemble something that is longer or shorter than what was signed, and learn it at the end.
	if (hashes.length !== Math.ceil(length / size)) throw wrong('its chunks do not make up its length');
	return { size, hashes };
};

/** What a device is: which releases are for it. */
interface ForDevice {
	readonly application: string;
	readonly class: string;
}

/** IEC 62443-4-2 EDR 3.10: an image of another class would install, and not start. Null: it is for this device. */
export const judgeTarget = ({ application, class: className, release }: Release, device: ForDevice): Refusal | null =>
	application === device.application && className === device.class
		? null
		: {
				...{ code: 'release-other-device', requirement: 'firmware-signed' },
				reason: `Release ${release} is for ${className} of ${application}, and this is ${device.class} of ${device.application}.`,
			};

/**
 * catalogue: firmware-signed (IEC 62443-4-2 EDR 3.10 RE(1)). `signers` is how many different offline keys must sign a release by the
 * metadata that is in force (`releaseSigners` of @keyward/owner), `asked` what the policy's level asks. Null: enough.
 */
export const judgeSigners = (signers: number, asked: number): Refusal | null =>
	signers >= asked
		? null
		: {
				...{ code: 'release-signers', requirement: 'firmware-signed' },
				reason: `A release is signed by ${signers} of the owner's keys, and the policy asks for ${asked}: keyward owner rotate --threshold ${asked}.`,
			};
