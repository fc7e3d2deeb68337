import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../folder.ts';

export interface SysfsFolder {
	readonly root: string;
	/** Writes attributes, by path below the root. */
	write(files: Readonly<Record<string, string>>): void;
	/** A link, as sysfs has them from a class to its devices. */
	link(path: string, to: string): void;
	/** An attribute whose reading fails with EIO in the kernel, as that of a chip that does not answer. */
	breakFile(path: string): void;
	remove(path: string): void;
}

/** A folder made like /sys. */
export const makeSysfs = (): SysfsFolder => {
	const root = temporaryFolder('keyward-sysfs-');
	const place = (path: string): string => {
		const file = join(root, path);
		mkdirSync(dirname(file), { recursive: true });
		return file;
	};
	const remove = (path: string): void => rmSync(join(root, path), { recursive: true, force: true });
	return {
		root,
		write(files) {
			for (const [path, text] of Object.entries(files)) writeFileSync(place(path), `${text}\n`);
		},
		link(path, to) {
			mkdirSync(join(root, to), { recursive: true });
			symlinkSync(join(root, to), place(path));
		},
		breakFile(path) {
			remove(path);
			// Nothing is mapped at address 0, so that the kernel itself answers EIO.
			symlinkSync('/proc/self/mem', place(path));
		},
		remove,
	};
};
