import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Problem } from '@keyward/core';
import {
	checkInventory,
	collectMaterials,
	csvInventory,
	cycloneDxInventory,
	decodeText,
	type Inventory,
	isCycloneDx,
	isInventoryCsv,
	inOnePlace,
	isKeycheckOutput,
	keycheckInventory,
	type NameSecret,
} from '@keyward/core/reach';
import { scan } from '@keyward/scan';

/** A file that is read as a whole; keys in larger ones are found by the scan. */
const MOST_BYTES = 512 * 1024 * 1024;

/** Keyed for this run, so that nobody who reads the output can confirm a guess. */
const namer = (): NameSecret => {
	const key = randomBytes(32);
	return (secret) => createHmac('sha256', key).update('keyward-psk').update(secret).digest('hex').slice(0, 16);
};

const contentOf = (file: string): Buffer | null => {
	try {
		const found = statSync(file);
		const { size } = found;
		// Such as /dev/zero: it never ends.
		if (found.isCharacterDevice())
			throw new Problem('file-unreadable', `${file} is a device, not a file: check the path`);
		return size > MOST_BYTES ? null : readFileSync(file);
	} catch (error) {
		if (error instanceof Problem) throw error;
		const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
		if (why === 'EISDIR') return null;
		throw new Problem('file-unreadable', `${file} cannot be read (${why}): check the path`, { cause: error });
	}
};

const parsed = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

const checked = (inventory: Inventory): Inventory => checkInventory(inOnePlace(inventory));

/**
 * An inventory from a file: what `keyward keycheck --json` printed, CycloneDX with cryptographic assets, a CSV of ours, or anything
 * else in which keycheck finds keys with a holder, such as an export of ChirpStack or The Things Stack.
 */
export const readInventory = async (file: string): Promise<Inventory> => {
	const nameSecret = namer();
	const content = isFolder(file) ? null : contentOf(file);
	if (content !== null) {
		const text = decodeText(content);
		if (isInventoryCsv(text)) return checked(csvInventory(text, nameSecret));
		const json = /^\uFEFF?\s*\{/.test(text) ? parsed(text.replace(/^\uFEFF/, '')) : undefined;
		if (isCycloneDx(json)) return checked(cycloneDxInventory(json));
		if (isKeycheckOutput(json)) return checkInventory(keycheckInventory(json));
	}
	const found = collectMaterials(file, nameSecret);
	const unread: string[] = [];
	await scan([file], {
		onMaterial: (material) => found.add(material),
		onProblem: ({ file: where, reason }) => void unread.push(`${where} was not read in full: ${reason}`),
		onProgress: () => undefined,
	});
	const inventory = found.inventory();
	const [first] = unread;
	const { devices, readers, gateways, authorities, updateRoles, people } = inventory;
	const rows = [devices, readers, gateways, authorities, updateRoles, people];
	if (first !== undefined && rows.every(({ length }) => length === 0))
		throw new Problem(
			'file-unreadable',
			`${first}: check the path and its rights, and run this as an account that may read it`,
		);
	return checkInventory({
		...inventory,
		assumptions: [
			...inventory.assumptions,
			...(first === undefined ? [] : [unread.length === 1 ? first : `${first}; and ${unread.length - 1} more.`]),
		],
	});
};
