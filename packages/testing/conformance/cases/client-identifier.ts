import assert from 'node:assert/strict';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { connect } from '../packet.ts';

export const identifying: readonly Case[] = [
	{
		name: 'client identifiers of letters and digits are taken, longer and other ones too',
		holds: [...mqtt5('3.1.3-3', '3.1.3-5'), ...mqtt311('3.1.3-3', '3.1.3-5')],
		run: async (t, room) => {
			const seat = await room.device(t);
			const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
			for (const version of versions) {
				for (const clientId of [
					'0',
					letters.slice(0, 23),
					letters.slice(23, 46),
					letters.slice(-16),
					`${letters}/+#-_ `,
				]) {
					await (await room.session(t, seat, version, { clientId })).leave();
				}
			}
		},
	},
	{
		name: 'an empty client identifier is given one; MQTT 3.1.1 needs a clean session for it',
		holds: [
			...mqtt5('3.1.3-6', '3.1.3-7', '3.2.2-16'),
			...mqtt311('3.1.3-6', '3.1.3-8', '3.1.3-9', '3.2.2-4', '3.2.2-5'),
		],
		run: async (t, room) => {
			const [one, two] = [await room.device(t), await room.device(t)];
			const assigned = new Set<unknown>();
			for (const seat of [one, two]) {
				const { connack } = await room.session(t, seat, 5, { clientId: '' });
				assigned.add(connack.properties.get(0x12)?.[0]);
			}
			assert.equal(assigned.size, 2);
			for (const id of assigned) assert(typeof id === 'string' && id.length > 0);
			assert.equal((await room.session(t, one, 5, { clientId: 'own' })).connack.properties.has(0x12), false);
			// MQTT 5 lets the empty one come with Clean Start 0 as well (§3.1.3.1).
			const { connack } = await room.session(t, one, 5, { clientId: '', clean: false });
			assert.equal(typeof connack.properties.get(0x12)?.[0], 'string');

			await (await room.session(t, one, 4, { clientId: '' })).leave();
			const peer = await room.peer(t, one, 4);
			peer.send(connect(4, { clientId: '', clean: false }));
			assert.deepEqual(await peer.ended(), [{ kind: 'connack', present: false, code: 2, properties: new Map() }]);
		},
	},
];
