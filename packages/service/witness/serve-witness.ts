import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Bytes, Problem, seconds } from '@keyward/core';
import { cosign, judgeCheckpoint, originIn, readAddCheckpoint, SIZE_TYPE } from '@keyward/core/ledger';
import type { Clock } from '@keyward/core/port';
import { tlsProfile } from '@keyward/core/tls';
import { lockFile } from '@keyward/store';
import { boundConnections } from '../http/bound-connections.ts';
import { fairParts } from '../http/fair-parts.ts';
import { pace, USUAL_LIMITS } from '../http/peer-timeouts.ts';
import { createKeyedMutex } from '../thread/keyed-mutex.ts';
import { openWitness } from './witness-folder.ts';

const { createServer } = process.getBuiltinModule('node:http');

/** What a checkpoint with 64 signatures and 63 hashes needs, with room for post-quantum ones of others. */
const BODY_LIMIT: Bytes = 64 * 1024;

export interface WitnessOptions {
	readonly folder: string;
	readonly sealFile: string | null;
	readonly host: string;
	/** 0 lets the system choose. */
	readonly port: number;
	/** PEM; null serves plain HTTP, in which nothing is secret and everything is signed. */
	readonly tls: { readonly cert: string; readonly key: string } | null;
	readonly clock: Clock;
	/** Told of what a log signed and its history contradicts, and of failures. */
	readonly say: (text: string) => void;
}

/** A running witness (C2SP tlog-witness). */
export interface Witness {
	readonly url: string;
	readonly verifierKey: string;
	stop(): Promise<void>;
}

interface Answer {
	readonly status: number;
	readonly body: string;
	readonly type?: string;
}

/** Throws `Problem('key-file')`, and `Problem('store-in-use')` while another serves this folder: two would cosign two histories. */
export const serveWitness = async (options: WitnessOptions): Promise<Witness> => {
	const { folder, sealFile, host, port, tls, clock, say } = options;
	const witness = await openWitness(folder, sealFile);
	await witness.logs();
	const lock = lockFile(join(folder, 'lock'));
	const inTurn = createKeyedMutex();

	/** One after another for each origin: between the look at the latest checkpoint and its keeping nothing else is judged. */
	const add = async (body: string): Promise<Answer> => {
		const request = readAddCheckpoint(body);
		const keys = await witness.logs();
		const origin = originIn(request.note);
		const known = origin !== null && keys.some(({ name }) => name === origin);
		const judge = async (): Promise<Answer> => {
			const latest = known ? await witness.latest(origin, keys) : null;
			const judged = judgeCheckpoint(request, keys, latest);
			if (judged.status === 200) {
				// Before the answer: a witness that forgets what it cosigned vouches for two histories (tlog-witness).
				await witness.keep(judged.checkpoint.origin, request.note);
				const line = await cosign(judged.text, witness.name, witness.signer, clock.now());
				return { status: 200, body: `${line}\n` };
			}
			// Anybody may send a wrong proof with a good checkpoint: only two trees of one size prove anything.
			if (judged.status === 409 && judged.contradicts && origin !== null) {
				await witness.accuse(origin, request.note);
				say(
					`${origin} signed two trees of ${judged.size} leaves: it shows different histories. Both are in ${folder}.`,
				);
			} else if (judged.status === 422) say(`${origin ?? ''}: ${judged.detail}`);
			if (judged.status === 409) return { status: 409, body: `${judged.size}\n`, type: SIZE_TYPE };
			return { status: judged.status, body: `${judged.detail}\n` };
		};
		return known ? inTurn(origin, judge) : judge();
	};

	const answer = async (request: IncomingMessage): Promise<Answer> => {
		if (request.url?.endsWith('/add-checkpoint') !== true)
			return { status: 404, body: 'There is add-checkpoint alone.\n' };
		if (request.method !== 'POST') return { status: 405, body: 'POST a checkpoint.\n' };
		const body = await readBody(request);
		if (body === null) return { status: 413, body: 'The request is too large.\n' };
		return add(body);
	};
	const listener: RequestListener = (request, response) => {
		void answer(request)
			.catch((error: unknown): Answer => {
				if (error instanceof Problem && error.code === 'request-malformed')
					return { status: 400, body: `${error.detail}\n` };
				// What is wrong with the witness is not for anyone who asks.
				say(`failed: ${error instanceof Error ? error.message : String(error)}`);
				return { status: 500, body: 'The witness failed.\n' };
			})
			.then((given) => respond(response, given))
			.catch(() => response.destroy());
	};
	const server =
		tls === null
			? createServer(pace(USUAL_LIMITS), listener)
			: createTlsServer({ ...pace(USUAL_LIMITS), ...tls, ...tlsProfile('tls1.3') }, listener);
	server.timeout = seconds(60);
	boundConnections(() => undefined)(server);
	try {
		server.listen({ host, port });
		await once(server, 'listening');
	} catch (error) {
		lock.close();
		throw error;
	}
	const at = server.address() as AddressInfo;
	const shown = at.family === 'IPv6' ? `[${at.address}]` : at.address;
	return {
		url: `${tls === null ? 'http' : 'https'}://${shown}:${at.port}`,
		verifierKey: witness.verifierKey,
		stop: async () => {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
			lock.close();
		},
	};
};

/** Null when it is too large. */
const readBody = async (request: IncomingMessage): Promise<string | null> => {
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of fairParts(request)) {
		length += part.length;
		if (length > BODY_LIMIT) return null;
		parts.push(part);
	}
	return Buffer.concat(parts).toString('utf8');
};

const respond = (response: ServerResponse, { status, body, type = 'text/plain; charset=utf-8' }: Answer): void => {
	response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
	response.end(body);
};
