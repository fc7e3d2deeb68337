import { randomBytes } from 'node:crypto';
import { Problem } from '@keyward/core';
import type { Caller, SessionPlace } from '@keyward/core/authorize';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { browserOf } from '../http/browser.ts';
import { requireOwnHost } from '../http/own-host.ts';
import { requireOwnPage } from '../http/own-page.ts';
import { networkOf } from '../http/peer-limits.ts';
import { clearIssuer, clearSession, issuerCookie, sessionHash, setIssuer, setSession } from '../http/session-cookie.ts';
import type { PeopleRpc } from '../people/people-rpc.ts';

const token = { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' } as const;

const body = (properties: object, required: readonly string[]) => ({
	schema: { body: { type: 'object', additionalProperties: false, properties, required } },
	// WebAuthn's answers are a few kilobytes.
	bodyLimit: 64 * 1024,
	onRequest: async (request: FastifyRequest): Promise<void> => {
		requireOwnPage(request);
		// Without a cookie too: under another's name nobody is asked for a passkey.
		requireOwnHost(request);
	},
});

const fromOf = (request: FastifyRequest): string => networkOf(request.raw.socket.remoteAddress);

const placeOf = (request: FastifyRequest): SessionPlace => ({
	from: fromOf(request),
	browser: browserOf(request.headers),
});

/** What the page of a person asks before there is a session, and of the session itself. The token is made here and leaves in a cookie alone. */
export const peopleRoutes = (
	app: FastifyInstance,
	people: PeopleRpc,
	callerOf: (request: FastifyRequest) => Caller,
): void => {
	const sessionShown = (request: FastifyRequest): string | null => {
		const caller = callerOf(request);
		return caller.kind === 'person' ? caller.session : null;
	};
	const opening = (request: FastifyRequest, response: unknown) => {
		const fresh = randomBytes(32).toString('base64url');
		const ask = { response, session: sessionHash(fresh), replaces: sessionShown(request), ...placeOf(request) };
		return { ask, cookie: setSession(fresh) };
	};

	app.post<{ Body: { invitation?: string } }>(
		'/v1/people/begin',
		body({ invitation: token }, []),
		async (request, reply) => {
			const { invitation } = request.body;
			const hash = invitation === undefined ? null : sessionHash(invitation);
			return reply.send(await people.begin({ invitation: hash, from: fromOf(request) }));
		},
	);
	app.post<{ Body: { invitation: string; response: object } }>(
		'/v1/people/register',
		body({ invitation: token, response: { type: 'object' } }, ['invitation', 'response']),
		async (request, reply) => {
			const { ask, cookie } = opening(request, request.body.response);
			const signedIn = await people.register({ ...ask, invitation: sessionHash(request.body.invitation) });
			return reply.header('set-cookie', cookie).send(signedIn);
		},
	);
	app.post<{ Body: { response: object } }>(
		'/v1/people/sign-in',
		body({ response: { type: 'object' } }, ['response']),
		async (request, reply) => {
			const { ask, cookie } = opening(request, request.body.response);
			const signedIn = await people.signIn(ask);
			return reply.header('set-cookie', cookie).send(signedIn);
		},
	);
	app.get('/v1/people/issuers', async (_request, reply) => reply.send({ issuers: await people.issuers() }));
	app.post<{ Body: { issuer: string } }>(
		'/v1/people/issuers/begin',
		body({ issuer: { type: 'string', maxLength: 32 } }, ['issuer']),
		async (request, reply) => {
			const { url, cookie } = await people.beginAtIssuer({ name: request.body.issuer, from: fromOf(request) });
			return reply.header('set-cookie', setIssuer(cookie)).send({ url });
		},
	);
	// The one address that a browser comes to from elsewhere. It opens a session only for who began here, by the cookie.
	app.get<{ Params: { issuer: string } }>('/v1/people/issuers/:issuer/answer', async (request, reply) => {
		const fresh = randomBytes(32).toString('base64url');
		const { issuer: name } = request.params;
		const query = request.url.split('?')[1] ?? '';
		const ask = { name, query, cookie: issuerCookie(request.headers), session: sessionHash(fresh) };
		try {
			await people.signInByIssuer({ ...ask, replaces: sessionShown(request), ...placeOf(request) });
			return await reply.header('set-cookie', [clearIssuer, setSession(fresh)]).redirect('/', 303);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			// A page says it in words; what is in the address is the code alone.
			return reply.header('set-cookie', clearIssuer).redirect(`/#refused=${error.code}`, 303);
		}
	});
	app.post('/v1/people/sign-out', body({}, []), async (request, reply) => {
		const session = sessionShown(request);
		if (session !== null) await people.signOut(session);
		return reply.header('set-cookie', clearSession).send({});
	});
	app.get('/v1/people/session', async (request, reply) => {
		const session = sessionShown(request);
		return reply.send({ state: session === null ? 'ended' : await people.watch(session) });
	});
};
