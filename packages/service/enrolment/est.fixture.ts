import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseCommissioning } from '@keyward/core/enrol';
import { encodePem } from '@keyward/core/format';
import { openEstSite } from './est-site.fixture.ts';

/** The one-time token as the Basic password. */
export const basic = (token: string): RequestOptions => ({
	headers: { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
});

export const json = (options: RequestOptions = {}): RequestOptions => ({
	...options,
	headers: { ...(options.headers as Record<string, string> | undefined), accept: 'application/json' },
});

export const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');

export interface EstReply {
	readonly status: number;
	readonly headers: Record<string, unknown>;
	readonly text: string;
}

/** A registrar on its own folder, both gone with the test; and a client of it. */
export const openEst = async (t: TestContext, options: Parameters<typeof openEstSite>[1] = {}) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-est-'));
	const est = await openEstSite(join(folder, 'site'), options);
	t.after(async () => {
		await est.close();
		await rm(folder, { recursive: true, force: true });
	});
	const serviceCa = encodePem('CERTIFICATE', est.authority.serviceCa.der);

	/** Asks `/.well-known/est{path}`. */
	const call = (method: string, path: string, options: RequestOptions = {}, body?: string | Buffer) =>
		new Promise<EstReply>((resolve, reject) => {
			const request = httpsRequest(
				`${est.site.url}/.well-known/est${path}`,
				{ method, ca: serviceCa, agent: false, ...options },
				(answer) => {
					const parts: Buffer[] = [];
					answer.on('data', (part: Buffer) => parts.push(part));
					answer.on('end', () =>
						resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString() }),
					);
				},
			);
			request.on('error', reject);
			request.end(body);
		});

	/** Expects a device and gives its token. */
	const expect = async (id: string): Promise<string> =>
		parseCommissioning((await est.registrar.expectDevice('hall', id)).commissioning).token;
	return { ...est, folder, serviceCa, call, expect };
};
