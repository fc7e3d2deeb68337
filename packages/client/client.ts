import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Agent, type AgentOptions } from 'node:https';
import { type Milliseconds, minutes, Problem } from '@keyward/core';
import { tlsProfile } from '@keyward/core/tls';
import type { OperationName, Operations, RowView } from '@keyward/contract';
import { loginHeader } from '@keyward/contract/login-header';
import type { StreamName } from '@keyward/core/port';
import { bodyOf, connectionProblem, exchange, isBrokenOff, type Route } from './exchange.ts';
import { follow } from './follow.ts';
import { requireOwnSocket } from './own-socket.ts';

const { Agent: PlainAgent } = process.getBuiltinModule('node:http');

export interface ReadingsOptions {
	/** Readings after this cursor, as a reading or an answer gave it; 0, the usual, from the first. */
	readonly after?: string | number;
	readonly signal?: AbortSignal;
}

/**
 * Calls to a running service. Every method throws `Problem`: with the service's own code, `site-unreachable` when nobody
 * answers, or `service-not-trusted` when who answers is not the service commissioned with.
 */
export interface Client {
	call<Name extends OperationName>(name: Name, input: Operations[Name]['input']): Promise<Operations[Name]['output']>;
	/** Stored readings and then those to come, each once and in order, across reconnections. */
	readings(name: StreamName, options?: ReadingsOptions): AsyncIterable<RowView>;
	close(): void;
}

/** Without a byte. The operator's own questions, such as verifying a large ledger, may take their time. */
const LOCAL_PATIENCE: Milliseconds = minutes(10);
const REMOTE_PATIENCE: Milliseconds = minutes(1);

const clientOver = (route: Route, close: () => void): Client => ({
	call: async (name, input) => {
		const what = {
			method: 'POST',
			path: `/v1/operations/${name}`,
			accept: 'application/json',
			body: JSON.stringify(input),
			// Of this call: sent again with it, the call is done once (draft-ietf-httpapi-idempotency-key-header-07).
			key: randomUUID(),
		} as const;
		const ask = async (): Promise<string> => {
			const response = await exchange(route, what);
			return bodyOf(response).catch((error: unknown) => {
				throw connectionProblem(error, route);
			});
		};
		const text = await ask().catch(async (lost: unknown) => {
			if (!isBrokenOff(lost)) throw lost;
			return ask().catch((error: unknown) => {
				// Under way: whether it will be done nobody knows yet.
				if (!(error instanceof Problem)) throw error;
				if (error.code === 'idempotency-key-in-use') throw lost;
				if (error.code !== 'site-unreachable') throw error;
				throw new Problem(
					'site-unreachable',
					`The connection broke off while ${name} was under way: it may be done. ${error.detail}`,
					{ cause: error },
				);
			});
		});
		try {
			return JSON.parse(text) as Operations[typeof name]['output'];
		} catch (error) {
			throw new Problem('internal', `The service's answer to ${name} is not JSON.`, { cause: error });
		}
	},
	readings: (name, { after = 0, signal = new AbortController().signal } = {}) =>
		follow(route, name, String(after), signal),
	close,
});

/** Who started this program: for the audit log, which believes it as far as it believes the data folder's owner. */
const loginName = (): string => {
	try {
		return process.env['SUDO_USER'] ?? userInfo().username;
	} catch {
		// A container's user may have no name.
		return String(process.getuid?.() ?? '');
	}
};

/** The site that runs in this data folder on this machine, as its operator. Connects at the first call. */
export const connectLocal = (dataFolder: string): Client => {
	const folder = resolve(dataFolder);
	const agent = new PlainAgent({ keepAlive: true, maxSockets: 8 });
	const socketPath = join(folder, 'keyward.sock');
	return clientOver(
		{
			secure: false,
			check: () => requireOwnSocket(socketPath),
			options: { agent, socketPath, timeout: LOCAL_PATIENCE },
			headers: { [loginHeader]: loginName() },
			unreachable: `No site is running in ${folder}: start one with keyward serve, or name its folder with --data or KEYWARD_DATA.`,
		},
		() => agent.destroy(),
	);
};

/**
 * A site anywhere, as the device or reader whose certificate this is. Connects at the first call. All arguments but
 * `url` are PEM; `certificate` is the chain, own certificate first.
 */
export const connectRemote = ({
	url,
	certificate,
	key,
	serviceCa,
}: {
	readonly url: string;
	readonly certificate: string;
	readonly key: string;
	readonly serviceCa: string;
}): Client => {
	const { protocol, hostname, port } = URL.parse(url) ?? { protocol: '', hostname: '', port: '' };
	if (protocol !== 'https:') throw new Problem('request-malformed', `${url} is no https:// address of a site.`);
	const host = hostname.replace(/^\[|\]$/g, '');
	const options: AgentOptions = {
		cert: certificate,
		key,
		// The only anchor is the CA given at commissioning: no public CA can vouch for an impostor (RFC 9325 §3.2, RFC 6125).
		ca: serviceCa,
		// Said here so that no environment variable can turn verification off.
		rejectUnauthorized: true,
		...tlsProfile('tls1.3'),
		// Each connection is a full handshake, so that a change of trust counts at once.
		maxCachedSessions: 0,
		keepAlive: true,
		maxSockets: 8,
	};
	const agent = new Agent(options);
	return clientOver(
		{
			secure: true,
			options: { agent, host, port: port === '' ? 443 : Number(port), timeout: REMOTE_PATIENCE },
			unreachable: `No site answers at ${url}: is it running, and is the address right?`,
		},
		() => agent.destroy(),
	);
};
