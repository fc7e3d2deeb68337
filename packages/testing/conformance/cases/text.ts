import assert from 'node:assert/strict';
import { hex, packet, type Part, u16 } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { connect, disconnect, properties, property, puback, publish, subscribe, unsubscribe } from '../packet.ts';
import { nextMoment, reading, type Seat, senml, topicOf } from '../room.ts';
import { endsConnect, endsSession } from './expect.ts';

/** What is no well-formed UTF-8, or holds U+0000. */
const badTexts = {
	'a surrogate': hex('61 ed a0 80'),
	'a pair of surrogates': hex('ed a0 bd ed b8 80'),
	'a continuation alone': hex('61 80'),
	'an overlong /': hex('c0 af'),
	'beyond U+10FFFF': hex('f4 90 80 80'),
	'a cut character': hex('61 e2 82'),
	'U+0000': hex('61 00 62'),
} as const;

const will = (topic: Part, more: readonly Part[] = []) => ({ topic, payload: 'x', properties: more });

const intoConnect = {
	5: [
		(text: Part) => connect(5, { clientId: text }),
		(text: Part) => connect(5, { userName: text }),
		(text: Part) => connect(5, { properties: [property.userProperty(text, 'b')] }),
		(text: Part) => connect(5, { properties: [property.userProperty('a', text)] }),
		(text: Part) => connect(5, { properties: [property.authenticationMethod(text)] }),
		(text: Part) => connect(5, { will: will(text) }),
		(text: Part) => connect(5, { will: will('a', [property.contentType(text)]) }),
		(text: Part) => connect(5, { will: will('a', [property.responseTopic(text)]) }),
	],
	4: [
		(text: Part) => connect(4, { clientId: text }),
		(text: Part) => connect(4, { userName: text }),
		(text: Part) => connect(4, { will: will(text) }),
	],
} as const;

const intoSession = {
	5: [
		(text: Part) => publish(5, text, 'x'),
		(text: Part, seat: Seat) => publish(5, topicOf(seat), 'x', { properties: [property.responseTopic(text)] }),
		(text: Part, seat: Seat) => publish(5, topicOf(seat), 'x', { properties: [property.contentType(text)] }),
		(text: Part, seat: Seat) => publish(5, topicOf(seat), 'x', { properties: [property.userProperty(text, 'b')] }),
		(text: Part, seat: Seat) => publish(5, topicOf(seat), 'x', { properties: [property.userProperty('a', text)] }),
		(text: Part) => subscribe(5, 1, [[text, 1]]),
		(text: Part) => subscribe(5, 1, ['a'], [property.userProperty('a', text)]),
		(text: Part) => unsubscribe(5, 1, [text]),
		(text: Part) => packet(0x40, u16(1), 0, properties(5, [property.reasonString(text)])),
	],
	4: [
		(text: Part) => publish(4, text, 'x'),
		(text: Part) => subscribe(4, 1, [[text, 1]]),
		(text: Part) => unsubscribe(4, 1, [text]),
	],
} as const;

export const text: readonly Case[] = [
	{
		name: 'a CONNECT with text that is no UTF-8, or holds U+0000, ends the connection',
		holds: [
			...mqtt5('1.5.4-1', '1.5.4-2', '1.5.7-1', '3.1.3-4', '3.1.3-11', '3.1.3-12', '3.1.4-1'),
			...mqtt311('1.5.3-1', '1.5.3-2', '3.1.3-4', '3.1.3-10', '3.1.3-11', '3.1.4-1'),
		],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				for (const make of intoConnect[version]) {
					for (const bad of Object.values(badTexts)) await endsConnect(t, room, seat, version, make(bad));
				}
			}
		},
	},
	{
		name: 'text in a session that is no UTF-8, or holds U+0000, ends the connection',
		holds: [
			...mqtt5('1.5.4-1', '1.5.4-2', '1.5.7-1', '3.3.2-1', '3.3.2-13', '3.3.2-19', '3.8.3-1', '3.10.3-1', '4.7.3-2'),
			...mqtt311('1.5.3-1', '1.5.3-2', '3.3.2-1', '3.8.3-1', '3.10.3-1', '4.7.3-2'),
		],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				for (const make of intoSession[version]) {
					// 0x90 and 0x8f say of a topic name or a filter what 0x81 says of any text.
					for (const bad of Object.values(badTexts)) {
						await endsSession(t, room, seat, version, make(bad, seat), [0x81, 0x82, 0x8f, 0x90]);
					}
				}
			}
		},
	},
	{
		name: 'a byte order mark is a character of its text: with it a name is another name',
		holds: [...mqtt5('1.5.4-3', '4.7.3-4'), ...mqtt311('1.5.3-3', '4.7.3-4')],
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const mark = '\u{feff}';
			for (const version of versions) {
				const device = await room.session(t, seat, 5);
				device.send(publish(5, mark + topicOf(seat), senml(seat, nextMoment())));
				assert.equal((await device.next('puback')).code, 0x87);
				const desk = await room.session(t, reader, version, { clientId: `${mark}desk` });
				desk.passOverRetained = true;
				desk.send(subscribe(version, 1, [topicOf(seat), mark + topicOf(seat)]));
				assert.deepEqual((await desk.next('suback')).codes, [1, version === 5 ? 0x87 : 0x80]);
				desk.send(unsubscribe(version, 2, [mark + topicOf(seat)]));
				assert.deepEqual((await desk.next('unsuback')).codes, version === 5 ? [0x11] : []);
				// The subscription without the mark still stands.
				const { bytes } = reading(5, seat);
				device.send(bytes);
				await device.next('puback');
				desk.send(puback((await desk.next('publish')).identifier));
			}
		},
	},
	{
		name: 'letters beyond ASCII are taken wherever text is',
		holds: [...mqtt5('1.5.4-1', '1.5.7-1'), ...mqtt311('1.5.3-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const wild = 'aé€😀\u{fffd}';
				const session = await room.session(t, seat, version, {
					clientId: wild,
					userName: wild,
					properties: [property.userProperty(wild, wild)],
				});
				session.send(subscribe(version, 1, [wild]));
				assert.deepEqual((await session.next('suback')).codes, [version === 5 ? 0x87 : 0x80]);
				session.send(version === 5 ? disconnect(0, [property.reasonString(wild)]) : disconnect());
				assert.deepEqual(await session.ended(), []);
			}
		},
	},
];
