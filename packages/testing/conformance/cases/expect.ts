import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Version } from '../packet.ts';
import { openTls } from '../../service/wire.ts';
import type { Peer } from '../peer.ts';
import type { Room, Seat } from '../room.ts';

/** Codes for what is no packet at all, and for a packet at the wrong place; a receiver may see many things as either. */
export const broken = [0x81, 0x82] as const;

const faults = new WeakMap<TestContext, string[]>();

/** What the expectations below found wrong in this test; they go on, so that a run names all of it. */
export const faultsOf = (t: TestContext): readonly string[] => faults.get(t) ?? [];

const fault = (t: TestContext, version: Version, input: Uint8Array, what: string): void => {
	const text = Buffer.from(input).toString('hex');
	const known = faults.get(t) ?? [];
	known.push(
		`${version === 5 ? 'MQTT 5' : 'MQTT 3.1.1'}: ${text.length > 120 ? `${text.slice(0, 120)}…` : text}: ${what}`,
	);
	faults.set(t, known);
};

/**
 * An established session that sends these bytes is ended for it: in MQTT 5 with a DISCONNECT of one of the codes, or,
 * where it was itself a DISCONNECT, perhaps without.
 */
export const endsSession = async (
	t: TestContext,
	room: Room,
	seat: Seat,
	version: Version,
	input: Uint8Array,
	codes: readonly number[] = broken,
): Promise<void> => {
	const session = await room.session(t, seat, version);
	if (!(await session.ends(input))) {
		fault(t, version, input, 'the connection stands');
		session.vanish();
		return;
	}
	const last = session.inbox.at(-1);
	if (version === 4 || (last === undefined && input[0] === 0xe0)) return;
	if (last?.kind !== 'disconnect') fault(t, version, input, 'it ended without DISCONNECT');
	else if (!codes.includes(last.code)) fault(t, version, input, `DISCONNECT says 0x${last.code.toString(16)}`);
};

/**
 * A CONNECT of a wrong form: the connection ends; in MQTT 5 perhaps with a CONNACK that refuses, in MQTT 3.1.1 without
 * any ([MQTT-3.1.4-1] of both).
 */
export const endsConnect = async (
	t: TestContext,
	room: Room,
	seat: Seat,
	version: Version,
	input: Uint8Array,
): Promise<void> => {
	const peer = await room.peer(t, seat, version);
	const ended = await peer.ends(input);
	const [first, ...more] = peer.inbox;
	if (first?.kind === 'connack' && first.code === 0) fault(t, version, input, 'it is accepted');
	else if (!ended) fault(t, version, input, 'the connection stands');
	else if (more.length > 0 || (version === 4 && first !== undefined)) fault(t, version, input, 'it is answered');
	else if (first !== undefined && first.kind !== 'connack') fault(t, version, input, `${first.kind} before CONNACK`);
	peer.vanish();
};

/** A CONNECT of a good form that is refused with this code, and the end. MQTT 3.1.1: a return code, or none fits. */
export const refusesConnect = async (peer: Peer, input: Uint8Array, ...codes: readonly number[]): Promise<void> => {
	peer.send(input);
	const answers = await peer.ended();
	assert(answers.length === 1 || (peer.version === 4 && answers.length === 0), JSON.stringify(answers));
	const [answer] = answers;
	if (answer === undefined) return;
	assert(answer.kind === 'connack' && codes.includes(answer.code), JSON.stringify(answer));
};

/** All that comes, as bytes, until the server ends the connection. */
export const rawAnswer = async (t: TestContext, room: Room, seat: Seat, input: Uint8Array): Promise<Buffer> => {
	const socket = await openTls(t, room.site.mqttsPort, seat.identity.tls);
	const came: Buffer[] = [];
	socket.on('data', (chunk: Buffer) => came.push(chunk));
	socket.write(input);
	await new Promise<void>((resolve, reject) => {
		socket.once('close', () => resolve());
		setTimeout(() => reject(new Error(`still open after ${Buffer.from(input).toString('hex')}`)), 10_000).unref();
	});
	return Buffer.concat(came);
};
