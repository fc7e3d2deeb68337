import type { Milliseconds } from '@keyward/core';
import { qualifiedName } from '@keyward/core/device/principal-name';
import { failureOf, serveParent, type ToParent } from '@keyward/custody/child-process';
import { openIdentity } from '../identity/identity.ts';
import { secureContext } from '../tls/secure-context.ts';
import type { LinkProtocol } from './message.ts';
import { Publisher } from './publisher.ts';

// The link child: started by link.ts, spoken to over its IPC channel, ends with it.

const fail = (error: unknown): void => parent.fail({ tell: 'failed', ...failureOf(error) });

let publisher: Publisher | null = null;
let opening: Promise<void> | null = null;
let grace = 0;
let allowProbe = (_wait: Milliseconds): void => {};

const open = async (message: Extract<LinkProtocol['order'], { tell: 'open' }>): Promise<void> => {
	grace = message.grace;
	const identity = await openIdentity(message.folder);
	publisher = new Publisher({
		url: identity.mqttUrl,
		clientId: qualifiedName(identity),
		context: secureContext({
			certificate: identity.certificate,
			key: await identity.tlsKey(),
			serviceCa: identity.serviceCa,
			floor: identity.floor,
		}),
		settings: message.settings,
		onState: (state) => parent.tell({ tell: 'state', state }),
		onOutcome: (number, outcome) => parent.tell({ tell: 'outcome', number, outcome }),
		...(message.commands && {
			commands: { ...identity, onCommand: (bytes: Uint8Array) => parent.tell({ tell: 'command', message: bytes }) },
		}),
		...(identity.owner !== undefined && {
			rosters: { ...identity, onRoster: (number: number) => parent.tell({ tell: 'roster', number }) },
		}),
		// A link ends with each new key: how long ago the last probe was, the agent knows.
		probeDue: () =>
			new Promise((resolve) => {
				allowProbe = resolve;
				parent.tell({ tell: 'probe-due' });
			}),
		onProbed: (letIn) => parent.tell({ tell: 'probed', letIn }),
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

// The agent decides when the link ends: what is in flight is worth waiting for.
const parent: ToParent<LinkProtocol> = serveParent<LinkProtocol>({
	order: (order) => {
		if (order.tell === 'open') {
			opening = open(order);
			opening.catch(fail);
		} else if (order.tell === 'publish') {
			void opening?.then(() => publisher?.publish(order.message));
		} else if (order.tell === 'receipt') {
			void opening?.then(() => publisher?.receipt(order.receipt));
		} else if (order.tell === 'probe') {
			allowProbe(order.wait);
		} else {
			close().catch(fail);
		}
	},
});
process.on('uncaughtException', fail);
