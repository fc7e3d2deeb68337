import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A browser on its way to an issuer. */
export interface Leaving {
	/** Where the site sends it. */
	readonly url: string;
	/** It comes back by this address, which is the site's. */
	comeBack(address: string): Promise<{
		readonly status: number;
		/** The code by which it was refused; null when it was let in. */
		readonly refused: string | null;
		/** Of the session; null when it was not let in. */
		readonly cookie: string | null;
		/** Every cookie, as it was set. */
		readonly set: readonly string[];
	}>;
	/** Calls an operation with a cookie. */
	call(name: string, cookie: string): Promise<{ readonly status: number; readonly text: string }>;
}

/** Begins a sign-in at an issuer of the site, as a browser does at that address of this machine. */
export const signInAt = async (port: number, issuer: string, localAddress = '127.0.0.1'): Promise<Leaving> => {
	const host = `localhost:${port}`;
	const send = async (method: string, path: string, more: Readonly<Record<string, string>>, body?: object) => {
		const request = httpsRequest({
			...{ host: '127.0.0.1', port, servername: 'localhost', method, path, agent: false },
			...{ rejectUnauthorized: false, localAddress },
			headers: { host, ...more },
		});
		const answered = once(request, 'response') as Promise<[IncomingMessage]>;
		request.end(body === undefined ? undefined : JSON.stringify(body));
		const [response] = await answered;
		let text = '';
		for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
		return { status: response.statusCode ?? 0, headers: response.headers, text };
	};
	const own = { origin: `https://${host}`, 'content-type': 'application/json', 'keyward-request': '1' };
	const begun = await send('POST', '/v1/people/issuers/begin', own, { issuer });
	if (begun.status !== 200) throw new Error(`the site does not begin: ${begun.text}`);
	const pending = begun.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
	return {
		url: (JSON.parse(begun.text) as { url: string }).url,
		comeBack: async (address) => {
			const { pathname, search } = new URL(address);
			// As a browser that another site's page led here.
			const { status, headers } = await send('GET', `${pathname}${search}`, {
				...{ cookie: pending, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
			});
			const set = headers['set-cookie'] ?? [];
			return {
				...{ status, set, refused: /#refused=([a-z-]+)/.exec(headers.location ?? '')?.[1] ?? null },
				cookie: set.find((one) => one.startsWith('__Host-keyward='))?.split(';')[0] ?? null,
			};
		},
		call: (name, cookie) => send('POST', `/v1/operations/${name}`, { ...own, cookie }, {}),
	};
};
