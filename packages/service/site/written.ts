import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Milliseconds, Problem } from '@keyward/core';
import { parseSpan, type StrictDocument, type Value } from '@keyward/core/policy';
import { isHostName } from './host-name.ts';
import type { LoopbackAddress } from './site-file.ts';

/** A site file being read, and the folder that its paths start from. */
export interface SiteDocument {
	readonly document: StrictDocument;
	readonly folder: string;
}

export const HOST_NAME = 'a host name or an IP address';

/** Accepts a host name (RFC 1123 §2.1) or an address. */
export const hostName = (scalar: unknown): string | null =>
	typeof scalar === 'string' && (isIP(scalar) !== 0 || isHostName(scalar)) ? scalar : null;

/** Accepts words without control characters. */
export const words = (scalar: unknown): string | null =>
	typeof scalar === 'string' && /^[^\p{Cc}\p{Cs}]{1,200}$/u.test(scalar) ? scalar : null;

export const PORT = 'a port from 1 to 65535, or 0 for one that the system chooses';

/** Accepts a port. */
export const port = (scalar: unknown): number | null =>
	typeof scalar === 'number' && Number.isInteger(scalar) && scalar >= 0 && scalar <= 65_535 ? scalar : null;

/** A path, made absolute from the site file's folder. */
export const path = ({ document, folder }: SiteDocument, value: Value): string | null => {
	const written = document.scalar(value, 'the path of a file', words);
	return written === null ? null : resolve(folder, written);
};

/** Accepts a span of time within bounds. */
export const spanWithin =
	(least: Milliseconds, most: Milliseconds) =>
	(scalar: unknown): Milliseconds | null => {
		if (typeof scalar !== 'string') return null;
		try {
			const span = parseSpan(scalar);
			return span >= least && span <= most ? span : null;
		} catch (error) {
			if (error instanceof Problem) return null;
			throw error;
		}
	};

export const LOOPBACK = 'none, or an address of this machine alone with a port, such as 127.0.0.1:9464';

/** Accepts `127.0.0.1:9464` or `[::1]:9464`: nobody outside the machine may ask there. */
export const loopbackAddress = (scalar: unknown): LoopbackAddress | null => {
	if (typeof scalar !== 'string') return null;
	const [, host = '', digits = ''] = /^(127\.0\.0\.1|\[::1\]):(\d{1,5})$/.exec(scalar) ?? [];
	const found = digits === '' ? null : port(Number(digits));
	return found === null ? null : { host: host.replace(/[[\]]/g, ''), port: found };
};
