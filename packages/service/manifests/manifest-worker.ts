import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type Bytes, Problem } from '@keyward/core';
import { readManifest } from '@keyward/core/attest';
import type { ManifestNews, ManifestTask } from './manifest-task.ts';

/** Reads and verifies the manifest that it is told to, in a separate thread. */

const CHUNK: Bytes = 256 * 1024;
/** So many at once do not hold up the thread that gets them. */
const PARTS_AT_ONCE = 1000;

const { file, manufacturer, revoked, now } = workerData as ManifestTask;
const tell = (news: ManifestNews): void => parentPort?.postMessage(news, []);

const digest = createHash('sha256');
function* chunks(): Generator<Uint8Array> {
	const handle = openSync(file, 'r');
	try {
		for (;;) {
			const chunk = new Uint8Array(CHUNK);
			const read = chunk.subarray(0, readSync(handle, chunk));
			if (read.length === 0) return;
			digest.update(read);
			yield read;
		}
	} finally {
		closeSync(handle);
	}
}

try {
	const trust = { manufacturers: [manufacturer], revoked, deniedFirmware: [] };
	const { signer, parts } = readManifest(chunks(), manufacturer, { trust, now });
	for (let at = 0; at < parts.length; at += PARTS_AT_ONCE) tell({ parts: parts.slice(at, at + PARTS_AT_ONCE) });
	tell({ file: digest.digest('hex'), signer });
} catch (error) {
	if (!(error instanceof Problem)) throw error;
	tell({ code: error.code, detail: error.detail });
}
