import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Problem } from '@keyward/core';
import type { Caller } from '@keyward/core/authorize';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DOWNLOADS } from '../http/peer-limits.ts';
import type { Quota } from '../http/quota.ts';

/**
 * Streams a file of a release, or the one range of it that was asked for (RFC 9110 §14): a download goes on where it was cut, and a
 * device fetches the chunks that it has not. No peer has many at a time (CR 7.1). Throws `Problem('service-busy')`, `store-failed`.
 */
export const sendArtefact = async (
	request: FastifyRequest,
	reply: FastifyReply,
	caller: Caller,
	{ length, sha256 }: { readonly length: number; readonly sha256: string },
	{ folder, downloads }: { readonly folder: string; readonly downloads: Quota },
): Promise<FastifyReply> => {
	const range = rangeIn(request.headers.range, length, request.headers['if-range'], sha256);
	if (range === 'beyond')
		return reply
			.code(416)
			.header('content-range', `bytes */${length}`)
			.send({ code: 'request-malformed', detail: `The file has ${length} bytes, and this range is beyond.` });
	const { first, last } = range ?? { first: 0, last: length - 1 };
	const leave = downloads.take(caller.kind === 'certificate' ? caller.fingerprint : 'operator');
	if (leave === null)
		throw new Problem(
			'service-busy',
			`${DOWNLOADS.each} downloads of a device and ${DOWNLOADS.all} of all may stand: try again later.`,
		);
	const file = await open(join(folder, sha256), 'r').catch((cause: unknown) => {
		leave();
		throw new Problem('store-failed', 'A file of a release is gone: publish it again.', { cause });
	});
	const { raw } = reply.hijack();
	raw.writeHead(range === null ? 200 : 206, {
		...{ 'content-type': 'application/octet-stream', 'content-length': last - first + 1, 'accept-ranges': 'bytes' },
		...{ etag: `"${sha256}"`, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
		...(range !== null && { 'content-range': `bytes ${first}-${last}/${length}` }),
	});
	// Not waited for: what was asked is answered, and its place among the requests is another's. A peer that hangs up gets no more.
	void pipeline(file.createReadStream({ start: first, end: last, highWaterMark: 256 * 1024 }), raw)
		.catch(() => undefined)
		.finally(leave);
	return reply;
};

/** The one range that is asked for; null for the whole, also where the header is none of ours (RFC 9110 §14.2 lets it be ignored). */
export const rangeIn = (
	header: string | undefined,
	length: number,
	ifRange: string | string[] | undefined,
	sha256: string,
): { readonly first: number; readonly last: number } | 'beyond' | null => {
	if (header === undefined || (ifRange !== undefined && ifRange !== `"${sha256}"`)) return null;
	const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
	const [from = '', to = ''] = [found?.[1], found?.[2]];
	if (found === null || (from === '' && to === '')) return null;
	if (from === '')
		return to === '0' || Number(to) === 0 ? 'beyond' : { first: Math.max(0, length - Number(to)), last: length - 1 };
	const first = Number(from);
	if (to !== '' && Number(to) < first) return null;
	if (first >= length) return 'beyond';
	return { first, last: to === '' ? length - 1 : Math.min(Number(to), length - 1) };
};
