import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

// Runs on any Node from 20 on.

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The version of the npm package `node` that Keyward is installed with; any other of that name is somebody else's. */
const VERSION = '24.21.0';

/** @param {string} folder */
const isOurs = (folder) => {
	try {
		/** @type {unknown} */
		const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
		return typeof manifest === 'object' && manifest !== null && 'version' in manifest && manifest.version === VERSION;
	} catch {
		return false;
	}
};

/** Folder of the npm package `node`: within Keyward where it is installed for the whole machine, else beside it. */
const within = fileURLToPath(new URL('../node_modules/node', import.meta.url));
const found = isOurs(within) ? within : `${root}node_modules/node`;
/** Where it puts its binary. */
const binary = join(found, 'bin/node');
const stamp = join(found, '../.keyward-node');

/** Holds the SHA-256 of the lock file whose packages are installed. */
export const installed = `${root}node_modules/.keyward-lock`;

/**
 * SHA-256 of the binary in node-PLATFORM-ARCH 24.21.0. That package is fetched by the install step of `node`, which the
 * lock file's integrity hashes do not cover; without this check anyone who can alter it in transit runs code as the site.
 * @type {Readonly<Record<string, string>>}
 */
const known = {
	'linux-x64': '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
	'linux-arm64': '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
};

/** What is said once per binary on a platform whose hash nobody has measured yet; null where it is pinned. */
export const unpinnedWarning = (platform = `${process.platform}-${process.arch}`) =>
	platform in known
		? null
		: `keyward: warning: no SHA-256 of Node 24.21.0 is pinned for ${platform}, so the downloaded binary is used unchecked.`;

/**
 * Throws when the file's SHA-256 is not the one pinned for the platform. Does nothing where none is pinned.
 * @param {string} file
 * @param {string} platform
 */
export const checkBinary = async (file, platform) => {
	const wanted = known[platform];
	if (wanted === undefined) return;
	const hash = createHash('sha256');
	await pipeline(createReadStream(file), hash);
	const digest = hash.digest('hex');
	if (digest !== wanted) {
		throw new Error(`${file} is not Node 24.21.0 for ${platform}: its SHA-256 is ${digest}, pinned is ${wanted}.`);
	}
};

/**
 * The path of the checked Node 24 binary, or null when it is not installed. The check is repeated only when the file
 * changed since the last one. A binary that fails is removed, so that nothing runs it by accident, and this throws.
 * @returns {Promise<string | null>}
 */
export const node24 = async () => {
	if (!isOurs(found) || !existsSync(binary)) return null;
	const { size, mtimeMs, ino } = statSync(binary);
	const state = `${size} ${mtimeMs} ${ino}\n`;
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return binary;
	const platform = `${process.platform}-${process.arch}`;
	try {
		await checkBinary(binary, platform);
	} catch (error) {
		rmSync(found, { recursive: true, force: true });
		rmSync(installed, { force: true });
		throw error;
	}
	const warning = unpinnedWarning(platform);
	if (warning !== null) console.error(warning);
	try {
		writeFileSync(stamp, state);
	} catch {
		// Not ours to write in (installed by another user): checked again next time.
	}
	return binary;
};
