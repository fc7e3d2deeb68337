/** A device to be expected. */
export interface BatchRow {
	readonly line: number;
	readonly device: string;
	readonly class: string | null;
	readonly part: string | null;
}

/** As the API takes names. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/;
const PART = /^(?:ek|serial):/;

/** Lines as people type them and as a batch file has them: `device,class,part`, with or without that head. */
export const readBatch = (text: string): readonly BatchRow[] =>
	text.split(/\r?\n/).flatMap((written, index) => {
		const [device = '', ...more] = written.split(/[,;\t]/).map((cell) => cell.trim().replaceAll(/^"|"$/g, ''));
		if (device === '' || device.startsWith('#') || (index === 0 && device === 'device')) return [];
		const part = more.find((cell) => PART.test(cell)) ?? null;
		const ofClass = more.find((cell) => cell !== '' && cell !== part) ?? null;
		return [{ line: index + 1, device, class: ofClass, part }];
	});

/** What is wrong with the first row that is; null where all is well. */
export const wrongIn = (rows: readonly BatchRow[]): { readonly row: BatchRow; readonly twice: boolean } | null => {
	const seen = new Set<string>();
	for (const row of rows) {
		if (!NAME.test(row.device)) return { row, twice: false };
		if (seen.has(row.device)) return { row, twice: true };
		seen.add(row.device);
	}
	return null;
};
