import { commandTopicOf } from '@keyward/core/device/stream-name';
import type { WaitingCommand } from '../../thread/link-messages.ts';
import type { Connection } from '../connection/connection.ts';
import { AGAIN_AFTER, hasRoom } from '../connection/pace.ts';
import type { CommandFollow, Deliveries } from './deliveries.ts';
import { takeIdentifier } from './packet-identifier.ts';
import type { LinkListener } from '../connection/listener.ts';
import { encode } from '../protocol/encode.ts';

/** Commands that are fetched at a time; each may be as large as a packet. */
const pageSize = 8;

/** Fetches the commands that wait for the peer, a few at a time, as long as it reads. */
export const pumpCommands = (listener: LinkListener, connection: Connection): void => {
	const { deliveries, rights } = connection;
	const commands = deliveries?.commands ?? null;
	if (deliveries === null || commands === null || rights === null || !commands.waiting || commands.asking) return;
	if (connection.closed || !hasRoom(connection)) return;
	commands.asking = true;
	commands.waiting = false;
	const limit = Math.min(pageSize, connection.window - deliveries.unacknowledged.size);
	const goOn = (): void => {
		commands.asking = false;
		pumpCommands(listener, connection);
	};
	void listener
		.commands({ session: rights.session, after: commands.after, limit })
		.then((found) => {
			if (found.length === limit) commands.waiting = true;
			for (const command of found) {
				if (connection.closed || deliveries.commands !== commands) return;
				if (!hasRoom(connection)) {
					commands.waiting = true;
					return;
				}
				commands.after = command.number;
				write(connection, deliveries, commands, command, listener.now());
			}
		})
		.then(goOn)
		.catch((error: unknown) => {
			listener.report(error);
			// They wait still, and nothing may come that would have them asked for.
			commands.waiting = true;
			setTimeout(goOn, AGAIN_AFTER).unref();
		});
};

const write = (
	connection: Connection,
	deliveries: Deliveries,
	commands: CommandFollow,
	command: WaitingCommand,
	now: number,
): void => {
	const { rights } = connection;
	const { id, payload, contentType, expires } = command;
	// It expired on its way here.
	if (rights === null || expires <= now) return;
	const before = commands.again.get(id);
	commands.again.delete(id);
	const identifier = commands.qos === 1 ? (before ?? takeIdentifier(deliveries)) : null;
	if (before !== undefined) deliveries.reserved.delete(before);
	const bytes = encode(
		{
			cmd: 'publish',
			topic: commandTopicOf(rights.principal),
			payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
			qos: commands.qos,
			dup: before !== undefined && identifier !== null,
			retain: false,
			...(identifier !== null && { messageId: identifier }),
			...(connection.version === 5 && {
				properties: {
					// [MQTT-3.3.2-6]: what is left of it.
					messageExpiryInterval: Math.min(0xffff_ffff, Math.ceil((expires - now) / 1000)),
					contentType,
					userProperties: { id },
				},
			}),
		},
		connection.version,
	);
	// [MQTT-3.1.2-24]: not sent. It waits: a peer that takes larger packets may come for it.
	if (bytes.length > connection.largest) return;
	if (identifier !== null) deliveries.unacknowledged.set(identifier, { identifier, command: id });
	connection.socket.write(bytes);
};
