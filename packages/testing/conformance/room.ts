import type { TestContext } from 'node:test';
import type { Milliseconds } from '@keyward/core';
import type { TestIdentity, TestSite } from '../service/site.ts';
import type { Answer } from './answer.ts';
import { type ConnectFields, publish, type PublishFields, subscribe, type Version } from './packet.ts';
import { openPeer, openSession, type Peer, type Session } from './peer.ts';

/** A device or reader that one case has to itself while it runs. */
export interface Seat {
	readonly id: string;
	readonly identity: TestIdentity;
}

/** How many devices and readers the cases share. */
export const seats = { devices: 14, readers: 12 } as const;

const readerNames = Array.from({ length: seats.readers }, (_, index) => `desk-${index + 1}`);

export const conformancePolicy = `
application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [${readerNames.join(', ')}] }
  state: { unit: /, every: 10s, readers: [${readerNames.join(', ')}] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
`;

let moment = Math.floor(Date.now() / 1000) * 1000 - 100_000_000;

/** The site that the cases share, and the seats in it. */
export class Room {
	readonly site: TestSite;
	readonly #free: { readonly device: Seat[]; readonly reader: Seat[] } = { device: [], reader: [] };
	readonly #waiting: { readonly device: ((seat: Seat) => void)[]; readonly reader: ((seat: Seat) => void)[] } = {
		device: [],
		reader: [],
	};

	constructor(site: TestSite) {
		this.site = site;
	}

	/** Commissions everybody; each reader may read everything. */
	async furnish(): Promise<void> {
		for (let index = 1; index <= seats.devices; index++) {
			const id = `probe-${index}`;
			this.#free.device.push({ id, identity: await this.site.commissionDevice('hall', id) });
		}
		for (const id of readerNames) {
			this.#free.reader.push({ id, identity: await this.site.commissionReader('hall', id) });
			for (const stream of ['dose-rate', 'state']) await this.site.grant('hall', id, '*', stream);
		}
	}

	device(t: TestContext): Promise<Seat> {
		return this.#take(t, 'device');
	}

	reader(t: TestContext): Promise<Seat> {
		return this.#take(t, 'reader');
	}

	async #take(t: TestContext, kind: 'device' | 'reader'): Promise<Seat> {
		const seat = this.#free[kind].shift() ?? (await new Promise<Seat>((give) => this.#waiting[kind].push(give)));
		t.after(() => {
			const next = this.#waiting[kind].shift();
			if (next === undefined) this.#free[kind].push(seat);
			else next(seat);
		});
		return seat;
	}

	/** A TLS connection, and nothing sent on it. */
	peer(t: TestContext, { identity }: Seat, version: Version): Promise<Peer> {
		return openPeer(t, this.site, identity, version);
	}

	/** Under the seat's name when the fields hold no client identifier. */
	session(t: TestContext, { id, identity }: Seat, version: Version, fields: ConnectFields = {}): Promise<Session> {
		return openSession(t, this.site, identity, version, { clientId: id, ...fields });
	}

	/** A session that follows these filters and is given nothing that was retained: MQTT 5 can ask for that (§3.8.3.1), before it the flag tells. */
	async follower(
		t: TestContext,
		seat: Seat,
		version: Version,
		filters: readonly (string | readonly [string, number])[],
		fields: ConnectFields = {},
	): Promise<Session> {
		const session = await this.session(t, seat, version, fields);
		const never = version === 5 ? 0x20 : 0;
		session.passOverRetained = version !== 5;
		session.send(
			subscribe(
				version,
				9,
				filters.map((one) => (typeof one === 'string' ? [one, 1 | never] : [one[0], one[1] | never])),
			),
		);
		await session.next('suback');
		return session;
	}
}

export const topicOf = ({ id }: Seat, stream = 'dose-rate'): string => `hall/${id}/${stream}`;

/** A moment that no other reading has, in milliseconds. */
export const nextMoment = (): number => (moment += 1000);

/** SenML in JSON (RFC 8428 §5): one record of the device's stream at that moment. */
export const senml = (seat: Seat, time: number, stream = 'dose-rate'): string =>
	`[{"n":"${seat.id}/${stream}","u":"${stream === 'state' ? '/' : 'Sv/h'}","t":${time / 1000},"v":1e-7}]`;

/** PUBLISH of one reading, and its moment. */
export const reading = (
	version: Version,
	seat: Seat,
	fields: PublishFields & { readonly stream?: string } = {},
): { readonly time: number; readonly bytes: Buffer } => {
	const time = nextMoment();
	const { stream, ...more } = fields;
	return { time, bytes: publish(version, topicOf(seat, stream), senml(seat, time, stream), more) };
};

export type Delivery = Extract<Answer, { kind: 'publish' }>;

/** The moment of the one record in a delivery. */
export const timeIn = ({ payload }: Delivery): number => {
	const [record] = JSON.parse(String(payload)) as [{ t: number }];
	return Math.round(record.t * 1000);
};

/**
 * Deliveries that come, in order: waits for so many that match, and then until nothing more has come for a while, so that
 * one too many is seen as well. Whatever else comes is passed over.
 */
export const collect = async (
	peer: Peer,
	count: number,
	match: (delivery: Delivery) => boolean = () => true,
	quiet: Milliseconds = 200,
): Promise<Delivery[]> => {
	const found: Delivery[] = [];
	const keep = (answer: Answer | null): void => {
		if (answer === null) throw new Error(`the connection ended after ${found.length} of ${count} deliveries`);
		if (answer.kind === 'publish' && match(answer)) found.push(answer);
	};
	while (found.length < count) keep(await peer.any());
	for (const answer of await peer.hear(quiet)) keep(answer);
	return found;
};
