import { Problem, type Refusal } from '@keyward/core';
import { type Connection, send } from '../connection/connection.ts';
import type { LinkListener } from '../connection/listener.ts';
import type { Publish } from '../protocol/publish-packet.ts';
import { reasonOf } from '../protocol/reason-code.ts';

/** CR 7.1: a receipt has a hash, names and a sentence. */
const LARGEST = 4096;

const tooLarge: Refusal = {
	code: 'command-malformed',
	requirement: 'signed-commands',
	reason: `a receipt has at most ${LARGEST} bytes`,
};

/** PUBLISH of a receipt of a command (signed-commands): acknowledged when it is durable. What the peer sends next waits. */
export const takeReceipt = async (listener: LinkListener, connection: Connection, packet: Publish): Promise<void> => {
	const { rights } = connection;
	if (rights === null) return;
	let refusal: Refusal | null;
	try {
		refusal =
			packet.payload.length > LARGEST
				? tooLarge
				: await listener.receipt(rights.session, Uint8Array.from(packet.payload));
	} catch (error) {
		if (!(error instanceof Problem)) listener.report(error);
		refusal = { code: 'store-failed', requirement: 'signed-commands', reason: 'it could not be stored; send it again' };
	}
	if (refusal !== null) listener.refused(connection, refusal);
	if (packet.qos !== 1) return;
	const reasonCode = refusal === null ? 0 : reasonOf(refusal.code);
	const reasonString = refusal === null ? '' : `${refusal.code}: ${refusal.reason} (${refusal.requirement})`;
	send(connection, {
		cmd: 'puback',
		messageId: packet.messageId ?? 0,
		...(connection.version === 5 && { reasonCode }),
		...(refusal !== null && connection.version === 5 && connection.explains && { properties: { reasonString } }),
	});
};
