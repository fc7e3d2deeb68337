import assert from 'node:assert/strict';
import { packet, u16 } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { disconnect, pingreq, property, puback } from '../packet.ts';
import { reading } from '../room.ts';
import { endsSession } from './expect.ts';

export const disconnecting: readonly Case[] = [
	{
		name: 'DISCONNECT is taken: nothing more is processed, and the connection ends',
		holds: [...mqtt5('3.14.4-1', '3.14.4-2', '3.14.2-2'), ...mqtt311('3.14.1-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const goodbyes =
					version === 4
						? [disconnect()]
						: [
								disconnect(),
								disconnect(0),
								packet(0xe0, 0, 0),
								disconnect(0x04),
								disconnect(0x93, [property.reasonString('too many'), property.userProperty('a', 'b')]),
							];
				for (const goodbye of goodbyes) {
					const session = await room.session(t, seat, version);
					session.send(goodbye, pingreq, reading(version, seat).bytes);
					assert.deepEqual(await session.ended(), []);
				}
			}
		},
	},
	{
		name: 'a malformed DISCONNECT ends the connection with its reason',
		holds: mqtt5('3.14.1-1', '3.14.2-1', '4.13.1-1'),
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const input of [
				packet(0xe1, 0),
				disconnect(0x03),
				disconnect(0x01),
				packet(0xe0, 0, 1),
				packet(0xe0, 0, 2, 0x7f, 0),
				packet(0xe0, 0, 0, 0),
				disconnect(0, [property.receiveMaximum(1)]),
				disconnect(0, [property.reasonString('x'), property.reasonString('x')]),
			]) {
				await endsSession(t, room, seat, 5, input);
			}
		},
	},
	{
		name: 'an acknowledgement of nothing is passed over, a malformed one ends the connection',
		holds: [...mqtt5('4.13.1-1'), ...mqtt311('4.8.0-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const session = await room.session(t, seat, version);
				session.send(puback(77), ...(version === 5 ? [puback(78, 0x83), packet(0x40, u16(79), 0x10, 0)] : []));
				await session.stands();
			}
			for (const input of [puback(1, 0x05), puback(1, 0x8e), packet(0x40, u16(1), 0, 3, 0x11, 0, 0)]) {
				await endsSession(t, room, seat, 5, input);
			}
		},
	},
];
