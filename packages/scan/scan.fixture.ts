import { execFileSync } from 'node:child_process';
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@keyward/testing/folder';
import type { KeyMaterial, Material, PskMaterial, SignatureMaterial } from '@keyward/core/keycheck';
import { scan, type Scanned, type ScanOptions, type ScanProblem } from './index.ts';

/** A folder for one test file, gone afterwards. */
export const folderForTests = () => {
	const folder = temporaryFolder('keyward-scan-');
	const path = (name: string): string => join(folder, name);
	return {
		path,
		write(name: string, content: string | Uint8Array): string {
			writeFileSync(path(name), content);
			return path(name);
		},
		read: (name: string): Buffer => readFileSync(path(name)),
		/** Runs a program that nobody here wrote, in the folder. */
		run: (program: string, ...args: readonly string[]): Buffer =>
			execFileSync(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }),
	};
};

export interface Found {
	readonly keys: readonly KeyMaterial[];
	readonly psks: readonly PskMaterial[];
	readonly signatures: readonly SignatureMaterial[];
	readonly problems: readonly ScanProblem[];
	readonly files: number;
	readonly bytes: number;
	readonly outcomes: Scanned['outcomes'];
}

export const found = async (
	paths: string | readonly string[],
	options: Partial<Omit<ScanOptions, 'onMaterial' | 'onProblem'>> = {},
): Promise<Found> => {
	const materials: Material[] = [];
	const problems: ScanProblem[] = [];
	const scanned = await scan(typeof paths === 'string' ? [paths] : paths, {
		...options,
		onMaterial: (material) => materials.push(material),
		onProblem: (problem) => problems.push(problem),
	});
	return {
		keys: materials.filter((one) => one.kind === 'key'),
		psks: materials.filter((one) => one.kind === 'psk'),
		signatures: materials.filter((one) => one.kind === 'signature'),
		problems,
		...scanned,
	};
};

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const thumbprint = (spki: Uint8Array): string => hash('sha256', spki, 'hex');
/** SHA-256 of the SubjectPublicKeyInfo, by Node. */
export const thumbprintOf = (key: KeyObject | Buffer | string): string =>
	thumbprint(createPublicKey(key instanceof Uint8Array ? key.toString() : key).export({ format: 'der', type: 'spki' }));
