import type { OperationName, Operations } from '@keyward/contract';
import { signal } from '@preact/signals';

/** The site said no, and why. */
export class Refused extends Error {
	readonly status: number;
	readonly code: string;

	constructor(status: number, code: string, detail: string) {
		super(detail);
		this.status = status;
		this.code = code;
	}
}

/** What the paths beside the operations answer. */
interface Answers {
	readonly '/v1/people/begin': { readonly options: object };
	readonly '/v1/people/register': object;
	readonly '/v1/people/issuers': { readonly issuers: readonly string[] };
	readonly '/v1/people/issuers/begin': { readonly url: string };
	readonly '/v1/people/sign-in': object;
	readonly '/v1/people/sign-out': object;
	/** Of `keyward console` alone. */
	readonly '/v1/console/open': { readonly token: string };
	readonly '/v1/people/session': { readonly state: 'open' | 'locked' | 'ended' };
}

/** Since when the site could not be reached; null while it can. */
export const lostSince = signal<number | null>(null);

/** Told when a call was refused because nobody is signed in any more. */
export const onSignedOut: { tell: () => void } = { tell: () => undefined };

const TOKEN = 'keyward-page';

/** Served by `keyward console` on the reader's own machine: a site has HTTPS. */
export const onOwnMachine = location.protocol === 'http:';

/** What lets this page in at `keyward console`, where a cookie would reach every port of the machine. */
export const keepToken = (token: string): void => sessionStorage.setItem(TOKEN, token);

const own = (): Record<string, string> => {
	const token = onOwnMachine ? sessionStorage.getItem(TOKEN) : null;
	return token === null ? {} : { authorization: `Bearer ${token}` };
};

const textOf = (answer: unknown, field: string): string =>
	typeof answer === 'object' && answer !== null && field in answer
		? String((answer as Record<string, unknown>)[field])
		: '';

const send = async (path: string, body: unknown, background: boolean): Promise<unknown> => {
	// Of this call: sent again with it, the call is done once.
	const key = `"${crypto.randomUUID()}"`;
	const once = (): Promise<Response> =>
		fetch(
			path,
			body === undefined
				? { cache: 'no-store', headers: own() }
				: {
						method: 'POST',
						headers: {
							...own(),
							'content-type': 'application/json',
							'keyward-request': '1',
							'idempotency-key': key,
							...(background && { 'keyward-background': '1' }),
						},
						body: JSON.stringify(body),
					},
		);
	let response: Response;
	try {
		// The answer of an operation that was lost is asked for again, once.
		response = await once().catch(async (lost: unknown) => {
			if (body === undefined || !path.startsWith('/v1/operations/')) throw lost;
			const again = await once();
			// Under way: whether it will be done nobody knows yet.
			if (again.status === 409 && textOf(await again.clone().json(), 'code') === 'idempotency-key-in-use') throw lost;
			return again;
		});
	} catch (error) {
		lostSince.value ??= Date.now();
		throw error;
	}
	lostSince.value = null;
	const answer: unknown = await response.json();
	if (response.ok) return answer;
	if (response.status === 401 && path.startsWith('/v1/operations/')) onSignedOut.tell();
	throw new Refused(response.status, textOf(answer, 'code'), textOf(answer, 'detail'));
};

// The site answers what its contract says.
export const ask = async <Path extends keyof Answers>(path: Path, body?: unknown): Promise<Answers[Path]> =>
	(await send(path, body, false)) as Answers[Path];

/** `background`: the page asks by itself, which keeps no session open. */
export const call = async <Name extends OperationName>(
	name: Name,
	input: Operations[Name]['input'],
	background = false,
): Promise<Operations[Name]['output']> =>
	(await send(`/v1/operations/${name}`, input, background)) as Operations[Name]['output'];

export type Answer<Name extends OperationName> = Operations[Name]['output'];
