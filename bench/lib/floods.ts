import { setTimeout as sleep } from 'node:timers/promises';
import { ocspQuestion } from '@keyward/testing/service/ocsp-question';
import { renewalOf, requestOfStranger } from './flood-requests.ts';
import { blast, dial, type Dial, drip, type Tally } from './flood-wire.ts';
import { connect } from './packet.ts';
import type { Identity } from './target.ts';

/** Where a flood goes, and what the attacker has. */
export interface FloodTarget {
	readonly https: number;
	readonly mqtt: number;
	readonly status: number;
	readonly ca: string;
	/** An opened device, and a reader with a grant of every stream. */
	readonly opened: Identity;
	readonly reader: Identity;
	/** Names of devices whose streams there are. */
	readonly topics: readonly string[];
}

/** Floods until the signal. */
type Run = (tally: Tally, signal: AbortSignal) => Promise<void>;

interface Flood {
	/** For the table. */
	readonly title: string;
	/** Makes the bytes; nothing dear is left to the flood itself. */
	readonly prepare: (target: FloodTarget) => Promise<Run>;
}

const times = (bytes: Uint8Array, count: number): Buffer => Buffer.alloc(bytes.length * count, bytes);
const length16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

const anonymous = ({ https, ca }: FloodTarget): Dial => ({
	port: https,
	protocol: 'http',
	tls: { ca, identity: null },
});
const certified = ({ https, ca }: FloodTarget, identity: Identity): Dial => ({
	port: https,
	protocol: 'http',
	tls: { ca, identity },
});
const link = ({ mqtt, ca }: FloodTarget, identity: Identity): Dial => ({
	port: mqtt,
	protocol: 'mqtt',
	tls: { ca, identity },
});

const health = Buffer.from('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');

const pipelined =
	(megabytes: number): Flood['prepare'] =>
	async (target) => {
		const count = Math.floor((megabytes * 1e6) / health.length);
		const bytes = times(health, count);
		return (tally, signal) => blast(tally, signal, anonymous(target), { bytes, answers: count });
	};

const parallel =
	(count: number, run: Run): Run =>
	async (tally, signal) => {
		await Promise.all(Array.from({ length: count }, () => run(tally, signal)));
	};

const post = (path: string, body: string, headers = ''): Buffer =>
	Buffer.from(
		`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pkcs10\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
	);

/** MQTT 5 §3.8: SUBSCRIBE with these filters at QoS 0. */
const subscribe = (filters: readonly string[]): Buffer => {
	const body = Buffer.concat([
		Buffer.from([0, 1, 0]),
		...filters.map((filter) => Buffer.concat([length16(filter.length), Buffer.from(filter), Buffer.from([0])])),
	]);
	return Buffer.concat([Buffer.from([0x82]), remaining(body.length), body]);
};

const remaining = (value: number): Buffer =>
	Buffer.from([(value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, value >> 14]);

const subscribing =
	(filters: readonly string[]): Flood['prepare'] =>
	async (target) => {
		const bytes = subscribe(filters);
		const hello = connect(target.reader.clientId);
		return (tally, signal) => blast(tally, signal, link(target, target.reader), { hello, bytes, answers: 1 });
	};

const readingsPath = (topic: string): string => `/v1/readings/${topic}`;

export const floods = {
	'healthz-1': { title: 'pipelined `GET /healthz`, 0.84 MB, one stranger', prepare: pipelined(0.84) },
	'healthz-4': { title: 'pipelined `GET /healthz`, 4.2 MB, one stranger', prepare: pipelined(4.2) },
	strangers: {
		title: '`GET /healthz` at 0.14 MB/s, four strangers',
		prepare: async (target) => {
			const bytes = times(health, 8);
			const perSecond = 0.14e6 / bytes.length;
			return (tally, signal) => drip(tally, signal, anonymous(target), { bytes, perSecond, connections: 4 });
		},
	},
	'made-up-token': {
		title: 'made-up tokens with P-384 requests, eight strangers',
		prepare: async (target) => {
			const token = Buffer.from(`keyward:${Buffer.alloc(24, 7).toString('base64url')}`).toString('base64');
			const one = post('/.well-known/est/simpleenroll', await requestOfStranger(), `Authorization: Basic ${token}\r\n`);
			const bytes = times(one, 100);
			return parallel(8, (tally, signal) => blast(tally, signal, anonymous(target), { bytes, answers: 100 }));
		},
	},
	'same-filter': {
		title: 'SUBSCRIBE of 80 KB that repeats `#`, a reader',
		prepare: subscribing(Array.from({ length: 20_000 }, () => '#')),
	},
	slashes: { title: 'SUBSCRIBE to 65,000 slashes, a reader', prepare: subscribing(['/'.repeat(65_000)]) },
	'empty-maps': {
		title: 'SenML CBOR of 261,120 empty maps, a device',
		prepare: async (target) => {
			const { topic, clientId } = target.opened;
			const payload = Buffer.concat([Buffer.from([0x9a, 0, 0x03, 0xfc, 0]), Buffer.alloc(261_120, 0xa0)]);
			const body = Buffer.concat([length16(topic.length), Buffer.from(topic), Buffer.from([0, 1, 0]), payload]);
			const bytes = Buffer.concat([Buffer.from([0x32]), remaining(body.length), body]);
			const hello = connect(clientId);
			return (tally, signal) => blast(tally, signal, link(target, target.opened), { hello, bytes, answers: 1 });
		},
	},
	pings: {
		title: '1 MB of PINGREQ, a device',
		prepare: async (target) => {
			const bytes = times(Buffer.from([0xc0, 0]), 500_000);
			const hello = connect(target.opened.clientId);
			return (tally, signal) => blast(tally, signal, link(target, target.opened), { hello, bytes, answers: 500_000 });
		},
	},
	reads: {
		title: 'pipelined reads, 81 KB, a granted reader',
		prepare: async (target) => {
			const path = readingsPath(target.topics[0] ?? '');
			const one = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
			const count = Math.ceil(81_000 / one.length);
			const bytes = times(one, count);
			return (tally, signal) => blast(tally, signal, certified(target, target.reader), { bytes, answers: count });
		},
	},
	streams: {
		title: '1,000 event streams of one certificate',
		prepare: async (target) => async (tally, signal) => {
			let [next, tried] = [0, 0];
			const worker = async (): Promise<void> => {
				for (; tried < 1000 && !signal.aborted;) {
					tried++;
					const peer = await dial(tally, signal, certified(target, target.reader));
					const path = readingsPath(target.topics[next++ % target.topics.length] ?? '');
					peer?.send(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`));
					if (peer === null) await sleep(20);
				}
			};
			await Promise.all(Array.from({ length: 16 }, worker));
		},
	},
	renewals: {
		title: '41 renewals a second of one certificate',
		prepare: async (target) => {
			const bytes = post('/.well-known/est/simplereenroll', await renewalOf(target.opened));
			const options = { bytes, perSecond: 41, connections: 8 };
			return (tally, signal) => drip(tally, signal, certified(target, target.opened), options);
		},
	},
	ocsp: {
		title: 'OCSP for 53 certificates, 150 a second',
		prepare: async (target) => {
			const question = ocspQuestion(target.opened.certificate, 53);
			const head = `POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\nContent-Length: ${question.length}\r\n\r\n`;
			const bytes = Buffer.concat([Buffer.from(head), question]);
			const to: Dial = { port: target.status, protocol: 'http', tls: null };
			return (tally, signal) => drip(tally, signal, to, { bytes, perSecond: 150, connections: 16 });
		},
	},
	handshakes: {
		title: 'TLS handshakes without end, 16 strangers at a time, both ports',
		prepare: async (target) => {
			let turn = 0;
			const to = [anonymous(target), { ...anonymous(target), port: target.mqtt }];
			return parallel(16, async (tally, signal) => {
				while (!signal.aborted) {
					const peer = await dial(tally, signal, to[turn++ % 2] ?? anonymous(target));
					peer?.socket.destroy();
				}
			});
		},
	},
	'slow-headers': {
		title: 'a header byte a second on 500 connections',
		prepare: async (target) => {
			const first = Buffer.from('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ');
			return parallel(500, async (tally, signal) => {
				while (!signal.aborted) {
					const peer = await dial(tally, signal, anonymous(target));
					peer?.send(first);
					while (peer !== null && !peer.socket.destroyed && !signal.aborted) {
						await sleep(1000);
						peer.send(Buffer.from('x'));
					}
					await sleep(1000);
				}
			});
		},
	},
} as const satisfies Readonly<Record<string, Flood>>;

export type FloodName = keyof typeof floods;
