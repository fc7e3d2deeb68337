import { openSync, closeSync, readFileSync, readSync } from 'node:fs';

const CHUNK = 1 << 20;

/** Which of the patterns stand anywhere in the writable memory of a process now; null when the system does not let us look. */
export const findInMemory = (pid: number, patterns: Readonly<Record<string, Buffer>>): Set<string> | null => {
	const found = new Set<string>();
	let file: number;
	try {
		file = openSync(`/proc/${pid}/mem`, 'r');
	} catch {
		return null;
	}
	// A pattern may stand across two chunks.
	const overlap = Math.max(...Object.values(patterns).map(({ length }) => length)) - 1;
	const buffer = Buffer.alloc(CHUNK + overlap);
	try {
		for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
			const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
			if (from === '') continue;
			const end = Number.parseInt(to, 16);
			for (let at = Number.parseInt(from, 16); at < end; at += CHUNK) {
				let length = 0;
				try {
					length = readSync(file, buffer, 0, Math.min(CHUNK + overlap, end - at), at);
				} catch {
					// Gone since, or a device's.
				}
				const bytes = buffer.subarray(0, length);
				for (const [name, pattern] of Object.entries(patterns)) if (bytes.includes(pattern)) found.add(name);
			}
		}
	} finally {
		closeSync(file);
	}
	return found;
};

/** The process and all that it started, as far as they run. */
export const familyOf = (pid: number): number[] => {
	try {
		const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
		return [pid, ...(children === '' ? [] : children.split(' ')).flatMap((child) => familyOf(Number(child)))];
	} catch {
		return [];
	}
};

/** A P-256 private key as it may lie in memory: as in a PKCS #8 file, and as OpenSSL's numbers on a little-endian machine. */
export const formsOf = (scalar: Uint8Array): Readonly<Record<string, Buffer>> => ({
	'big-endian': Buffer.from(scalar),
	'little-endian': Buffer.from(scalar.toReversed()),
	'as text': Buffer.from(Buffer.from(scalar).toString('hex'), 'latin1'),
});
