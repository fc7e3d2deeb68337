import { Problem } from '@keyward/core';
import { qualifiedName } from '@keyward/core/device';
import { openIdentity } from '../identity/identity.ts';
import { secureContext } from '../tls/secure-context.ts';
import type { FromChild, ToChild } from './message.ts';
import { Publisher } from './publisher.ts';

// The link child: started by link.ts, spoken to over its IPC channel, ends with it.

const grace = Number(process.argv[2]);

const tell = (message: FromChild): void => {
	if (process.connected) process.send?.(message, () => {});
};

const fail = (error: unknown): void => {
	const { code, detail } = error instanceof Problem ? error : { code: 'internal', detail: String(error) };
	process.send?.({ tell: 'failed', code, detail } satisfies FromChild, () => process.exit(1));
};

let publisher: Publisher | null = null;
let opening: Promise<void> | null = null;

const open = async (message: Extract<ToChild, { tell: 'open' }>): Promise<void> => {
	const identity = await openIdentity(message.folder);
	publisher = new Publisher({
		url: identity.mqttUrl,
		clientId: qualifiedName(identity),
		context: secureContext({
			certificate: identity.certificate,
			key: await identity.tlsKey(),
			serviceCa: identity.serviceCa,
		}),
		settings: message.settings,
		onState: (state) => tell({ tell: 'state', state }),
		onOutcome: (number, outcome) => tell({ tell: 'outcome', number, outcome }),
		// A token that comes back is found by a new process alone.
		onKeyFailure: fail,
		chance: Math.random,
	});
};

const close = async (): Promise<void> => {
	await opening;
	await publisher?.close(grace);
	process.disconnect();
};

process.on('message', (message: ToChild) => {
	if (message.tell === 'open') {
		opening = open(message);
		opening.catch(fail);
	} else if (message.tell === 'publish') {
		void opening?.then(() => publisher?.publish(message.message));
	} else {
		close().catch(fail);
	}
});
// The agent decides when the link ends: Ctrl-C reaches both processes, and what is in flight is worth waiting for.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', fail);
