import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { Fetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';

/**
 * Fetches one file of the owner's repository by its name, `metadata/…` or `targets/…`; null when there is none. Reads at most
 * `limit` bytes and throws `Problem('packet-too-large')` above; what else it throws ends the refresh with that.
 */
export type FetchFile = (path: string, limit: number) => Promise<Uint8Array | null>;

/** Where tuf-js is told that the repository is: only what follows is asked for. */
export const BASE = 'https://owner.invalid';

/** tuf-js over our own way to the service: nothing else is opened, and no more is read than was asked for. */
export class RepositoryFetcher implements Fetcher {
	readonly #fetch: FetchFile;
	readonly #work: string;
	/** Why the last question failed, which tuf-js would turn into text. */
	failed: unknown = null;

	constructor(fetch: FetchFile, work: string) {
		this.#fetch = fetch;
		this.#work = work;
	}

	async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
		const bytes = await this.#get(url, maxLength);
		return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	async downloadFile<Value>(url: string, maxLength: number, handler: (file: string) => Promise<Value>): Promise<Value> {
		const bytes = await this.#get(url, maxLength);
		const file = join(this.#work, randomUUID());
		try {
			await writeFile(file, bytes, { mode: 0o600 });
			return await handler(file);
		} finally {
			await rm(file, { force: true });
		}
	}

	async #get(url: string, limit: number): Promise<Uint8Array> {
		const path = url.slice(BASE.length + 1);
		let bytes: Uint8Array | null;
		try {
			bytes = await this.#fetch(path, limit);
			// TUF 1.0.31 §5.3.3: endless data.
			if (bytes !== null && bytes.length > limit)
				throw new Problem('packet-too-large', `${path} has more than ${limit} bytes.`);
		} catch (error) {
			this.failed = error;
			throw error;
		}
		if (bytes === null) throw new DownloadHTTPError(`${path} is not there`, 404);
		return bytes;
	}
}
