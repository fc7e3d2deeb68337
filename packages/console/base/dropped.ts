/** A file with where it lay, as it was given. */
export interface GivenFile {
	readonly name: string;
	readonly file: Blob;
}

/** Files at most: what a browser holds at hand. */
export const MOST_FILES = 20_000;

const inEntry = async (entry: FileSystemEntry, found: GivenFile[]): Promise<void> => {
	if (found.length >= MOST_FILES) return;
	if (entry.isFile) {
		const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
		found.push({ name: entry.fullPath.replace(/^\//, ''), file });
		return;
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	for (;;) {
		const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
		if (some.length === 0) return;
		for (const one of some) await inEntry(one, found);
	}
};

/** What was dropped, and what lies in folders among it. */
export const droppedFiles = async (transfer: DataTransfer): Promise<readonly GivenFile[]> => {
	const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
	if (entries.length === 0) return chosenFiles(transfer.files);
	const found: GivenFile[] = [];
	for (const entry of entries) await inEntry(entry, found);
	return found;
};

export const chosenFiles = (files: FileList | null): readonly GivenFile[] =>
	[...(files ?? [])].slice(0, MOST_FILES).map((file) => ({ name: file.webkitRelativePath || file.name, file }));
