import assert from 'node:assert/strict';
import { field, packet, type Part, u16 } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { connect, disconnect, pingreq, property, subscribe } from '../packet.ts';
import { nextMoment, reading, senml, topicOf } from '../room.ts';
import { endsConnect, endsSession, rawAnswer, refusesConnect } from './expect.ts';

export const connecting: readonly Case[] = [
	{
		name: 'anything before CONNECT ends the connection without a word',
		holds: [...mqtt5('3.1.0-1', '3.2.0-1', '3.14.0-1'), ...mqtt311('3.1.0-1', '3.2.0-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				for (const input of [reading(version, seat).bytes, pingreq, subscribe(version, 1, ['#']), disconnect()]) {
					const peer = await room.peer(t, seat, version);
					peer.send(input, connect(version));
					assert.deepEqual(await peer.ended(), []);
				}
			}
		},
	},
	{
		name: 'a second CONNECT ends the connection',
		holds: [...mqtt5('3.1.0-2', '3.2.0-2'), ...mqtt311('3.1.0-2')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				await endsSession(t, room, seat, version, connect(version), [0x82]);
				// In one segment with the first, too: one CONNACK, then the end.
				const peer = await room.peer(t, seat, version);
				peer.send(connect(version), connect(version));
				await peer.cut(0x82);
				assert.equal(peer.raw.filter((answer) => answer[0] === 0x20).length, 1);
			}
		},
	},
	{
		name: 'another protocol name or version is refused, and the connection ends',
		holds: [...mqtt5('3.1.2-1', '3.1.2-2'), ...mqtt311('3.1.2-1', '3.1.2-2')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const name of ['hj', 'mqtt', 'MQTTT', '']) {
				for (const version of versions) {
					const said = await rawAnswer(t, room, seat, connect(version, { name }));
					assert(said.length === 0 || (said[0] === 0x20 && said[3] !== 0), `${name}: ${said.toString('hex')}`);
				}
			}
			// [MQTT-3.1.2-2] of MQTT 3.1.1 asks for CONNACK: 0x01, or 0x84 in the form of MQTT 5.
			for (const [name, level] of [
				['MQIsdp', 3],
				['MQTT', 3],
				['MQTT', 0],
				['MQTT', 6],
				['MQTT', 0x84],
			] as const) {
				const said = await rawAnswer(t, room, seat, connect(4, { name, level }));
				assert.equal(said[0], 0x20, `${name} ${level}: ${said.toString('hex')}`);
				assert.equal(said[2], 0);
				assert([0x01, 0x84].includes(said[3] ?? 0), said.toString('hex'));
			}
		},
	},
	{
		name: 'connect flags that contradict each other or the payload are not accepted',
		holds: [
			...mqtt5('3.1.2-3', '3.1.2-11', '3.1.2-12', '3.1.2-13', '3.1.2-16', '3.1.2-18', '3.1.4-1', '3.2.0-1'),
			...mqtt311(
				'3.1.2-3',
				'3.1.2-11',
				'3.1.2-13',
				'3.1.2-14',
				'3.1.2-15',
				'3.1.2-18',
				'3.1.2-20',
				'3.1.2-22',
				'3.1.4-1',
			),
		],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const will = { topic: topicOf(seat), payload: senml(seat, nextMoment()) };
				const wrong = [
					connect(version, { flags: 0x03 }),
					// Will QoS or Will Retain without a will.
					...[0x0a, 0x12, 0x1a, 0x22].map((flags) => connect(version, { flags })),
					// A will topic that is empty or holds a wildcard ([MQTT-4.7.3-1], [MQTT-3.3.2-2]).
					...['', 'a/#', '+'].map((topic) => connect(version, { will: { ...will, topic } })),
					// Will QoS 3.
					connect(version, { flags: 0x1e, will }),
					// A will, a user name or a password that no flag announces.
					connect(version, { flags: 0x02, will }),
					connect(version, { flags: 0x02, userName: 'u' }),
					connect(version, { flags: 0x82, userName: 'u', password: 'p' }),
					// And ones that are announced and not there.
					...[0x06, 0x82, 0xc2].map((flags) => connect(version, { flags })),
				];
				if (version === 4) wrong.push(connect(4, { flags: 0x42, password: 'p' }));
				for (const input of wrong) await endsConnect(t, room, seat, version, input);
			}
			// MQTT 5 took that restriction away (§3.1.2.9): a password without a user name is well-formed.
			const session = await room.session(t, seat, 5, { password: 'p' });
			await session.stands();
		},
	},
	{
		name: 'every field of CONNECT may be there at once',
		holds: [
			...mqtt5('3.1.3-1', '3.1.3-3', '3.1.2-17', '3.1.2-19', '3.1.4-5', '3.2.0-1'),
			...mqtt311('3.1.3-1', '3.1.3-3', '3.1.2-19', '3.1.2-21', '3.1.4-4', '3.2.0-1', '7.0.0-2'),
		],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const session = await room.session(t, seat, version, {
					clientId: 'all-fields',
					keepAlive: 600,
					userName: 'anybody',
					password: Buffer.from([0, 1, 0xff]),
					will: {
						topic: topicOf(seat),
						payload: senml(seat, nextMoment()),
						qos: 1,
						properties: [property.payloadFormat(1), property.contentType('application/senml+json')],
					},
					properties: [
						property.sessionExpiry(1),
						property.receiveMaximum(10),
						property.maximumPacketSize(100_000),
						property.topicAliasMaximum(10),
						property.requestResponseInformation(1),
						property.requestProblemInformation(1),
						property.userProperty('a', 'b'),
						property.userProperty('a', 'b'),
					],
				});
				await session.leave();
			}
		},
	},
	{
		name: 'properties of CONNECT that are unknown, misplaced, doubled or out of range are not accepted',
		holds: mqtt5('3.1.4-1', '4.13.1-1', '2.2.2-1'),
		run: async (t, room) => {
			const seat = await room.device(t);
			const once: readonly Part[] = [
				property.sessionExpiry(1),
				property.receiveMaximum(1),
				property.maximumPacketSize(1000),
				property.topicAliasMaximum(1),
				property.requestResponseInformation(1),
				property.requestProblemInformation(1),
				property.authenticationMethod('m'),
			];
			const wrong: readonly (readonly Part[])[] = [
				[[0x7f, 0]],
				[[0xff, 0x7f, 0]],
				[property.topicAlias(1)],
				[property.subscriptionIdentifier(1)],
				[property.payloadFormat(1)],
				[property.reasonString('x')],
				[property.assignedClientIdentifier('x')],
				...once.map((one) => [one, one]),
				[property.receiveMaximum(0)],
				[property.maximumPacketSize(0)],
				[property.requestResponseInformation(2)],
				[property.requestProblemInformation(2)],
				[property.authenticationData('x')],
			];
			for (const properties of wrong) await endsConnect(t, room, seat, 5, connect(5, { properties }));
			const topic = topicOf(seat);
			const payload = senml(seat, nextMoment());
			for (const properties of [
				[[0x7f, 0]],
				[property.sessionExpiry(1)],
				[property.willDelay(1), property.willDelay(1)],
				[property.contentType('x'), property.contentType('x')],
				[property.payloadFormat(2)],
				[property.responseTopic('a/#')],
			] as readonly (readonly Part[])[]) {
				await endsConnect(t, room, seat, 5, connect(5, { will: { topic, payload, properties } }));
			}
			// Without the length of its properties it is no CONNECT of MQTT 5.
			await endsConnect(t, room, seat, 5, packet(0x10, field('MQTT'), 5, 2, u16(0)));
		},
	},
	{
		name: 'a client that may not open a session is refused, and nothing after its CONNECT is processed',
		holds: [
			...mqtt5('3.1.4-2', '3.1.4-6', '3.2.2-6', '3.2.2-7', '3.2.2-8', '3.14.0-1', '4.13.2-1'),
			...mqtt311('3.1.4-5', '3.2.2-4', '3.2.2-5'),
		],
		run: async (t, room) => {
			const reader = await room.reader(t);
			const id = 'lost-probe';
			const seat = { id, identity: await room.site.commissionDevice('hall', id) };
			const before = await room.session(t, seat, 5);
			before.send(reading(5, seat).bytes);
			assert.equal((await before.next('puback')).code, 0);
			await room.site.ask('principal.revoke', { kind: 'device', application: 'hall', id, reason: 'lost' });
			await before.cut(0x87);
			const desk = await room.follower(t, reader, 5, [topicOf(seat)]);
			for (const version of versions) {
				const peer = await room.peer(t, seat, version);
				await refusesConnect(
					peer,
					Buffer.concat([connect(version), reading(version, seat).bytes, pingreq]),
					version === 5 ? 0x87 : 5,
				);
			}
			assert.deepEqual(await desk.hear(), []);
		},
	},
];
