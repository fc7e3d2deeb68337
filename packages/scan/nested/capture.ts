import { CutShort, Damaged } from '../codec/feed.ts';
import type { Format, Inner, Opened } from './format.ts';
import { segmentIn } from './packet.ts';

const LONGEST_PACKET = 1_048_576;
/** Conversations that are open at once, and packets of one that wait for one before them. */
const MOST_FLOWS = 512;
const MOST_WAITING = 256;
const UNKNOWN = 'packets';

interface Flow {
	readonly inner: Inner;
	next: number | null;
	readonly waiting: Map<number, Buffer>;
}

/** How far `sequence` is ahead, around the end of the numbers; negative for what was there. */
const ahead = (sequence: number, next: number): number => (sequence - next) | 0;

/** Puts the conversations together: each direction is one stream. */
const conversations = (opened: Opened) => {
	const flows = new Map<string, Flow>();
	const finish = async (name: string, { inner, waiting }: Flow): Promise<void> => {
		flows.delete(name);
		if (waiting.size > 0) opened.problem('a conversation has gaps', name);
		for (const [, bytes] of [...waiting].toSorted(([one], [other]) => ahead(one, other))) await inner.write(bytes);
		await inner.end();
	};
	const flowOf = async (name: string): Promise<Flow> => {
		const known = flows.get(name);
		if (known !== undefined) return known;
		const [oldest] = flows;
		if (flows.size >= MOST_FLOWS && oldest !== undefined) await finish(...oldest);
		const flow: Flow = { inner: opened.inside(name), next: null, waiting: new Map() };
		flows.set(name, flow);
		return flow;
	};
	const inOrder = async (flow: Flow, sequence: number, payload: Buffer): Promise<void> => {
		flow.next ??= sequence;
		const gap = ahead(sequence, flow.next);
		if (gap > 0 && flow.waiting.size < MOST_WAITING) {
			flow.waiting.set(sequence, Buffer.from(payload));
			return;
		}
		const fresh = gap > 0 ? payload : payload.subarray(-gap);
		if (fresh.length > 0) await flow.inner.write(fresh);
		flow.next = fresh.length > 0 ? (sequence + payload.length) >>> 0 : flow.next;
	};
	return {
		async packet(packet: Buffer, link: number): Promise<void> {
			const segment = segmentIn(packet, link);
			if (segment === null) return;
			if (segment === undefined) {
				await (await flowOf(UNKNOWN)).inner.write(packet);
				return;
			}
			const { sequence, payload, isFirst } = segment;
			if (payload.length === 0 && !isFirst) return;
			const flow = await flowOf(segment.flow);
			if (isFirst && sequence !== null) flow.next = (sequence + 1) >>> 0;
			if (sequence === null) await flow.inner.write(Buffer.concat([payload, Buffer.alloc(1)]));
			else if (payload.length > 0) await inOrder(flow, isFirst ? (sequence + 1) >>> 0 : sequence, payload);
			for (let next = nextIn(flow); next !== null; next = nextIn(flow)) await inOrder(flow, ...next);
		},
		async end(): Promise<void> {
			for (const [name, flow] of [...flows]) await finish(name, flow);
		},
	};
};

/** A packet that waited and whose turn it is. */
const nextIn = ({ waiting, next }: Flow): [sequence: number, payload: Buffer] | null => {
	for (const [sequence, payload] of waiting) {
		if (next === null || ahead(sequence, next) > 0) continue;
		waiting.delete(sequence);
		return [sequence, payload];
	}
	return null;
};

type Words = (bytes: Buffer, at: number) => number;
const little: Words = (bytes, at) => bytes.readUInt32LE(at);
const big: Words = (bytes, at) => bytes.readUInt32BE(at);

const readPcap = async (opened: Opened, word: Words): Promise<void> => {
	const { feed } = opened;
	const link = word(await feed.take(24), 20) & 0xffff;
	const all = conversations(opened);
	try {
		while (await feed.need(16)) {
			const length = word(feed.bytes, 8);
			if (length > LONGEST_PACKET) throw new Damaged();
			feed.drop(16);
			await all.packet(Buffer.from(await feed.take(length)), link);
		}
	} finally {
		await all.end();
	}
};

const [SECTION, INTERFACE, ENHANCED, SIMPLE] = [0x0a0d0d0a, 1, 6, 3];

const readPcapNg = async (opened: Opened): Promise<void> => {
	const { feed } = opened;
	const all = conversations(opened);
	let word: Words = little;
	let links: number[] = [];
	try {
		while (await feed.need(12)) {
			if (feed.bytes.readUInt32BE(0) === SECTION) {
				word = feed.bytes.readUInt32LE(8) === 0x1a2b3c4d ? little : big;
				links = [];
			}
			const type = word(feed.bytes, 0);
			const length = word(feed.bytes, 4);
			if (length < 12 || length > 2 * LONGEST_PACKET) throw new Damaged();
			const block = Buffer.from(await feed.take(length));
			if (type === INTERFACE) links.push(word === little ? block.readUInt16LE(8) : block.readUInt16BE(8));
			if (type === ENHANCED && length >= 32)
				await all.packet(block.subarray(28, 28 + word(block, 20)), links[word(block, 8)] ?? -1);
			if (type === SIMPLE) await all.packet(block.subarray(12, 12 + word(block, 8)), links[0] ?? -1);
		}
		if (await feed.need(1)) throw new CutShort();
	} finally {
		await all.end();
	}
};

const isPcap =
	(word: Words): Format['fits'] =>
	(window, start) => {
		if (start + 24 > window.length) return false;
		const version = word(window, start + 4);
		return version === (word === little ? 0x00040002 : 0x00020004) && word(window, start + 16) <= LONGEST_PACKET;
	};

const pcap = (magic: string, word: Words): Format => ({
	name: 'a capture of packets',
	label: 'pcap',
	magic: Buffer.from(magic, 'hex'),
	fits: isPcap(word),
	read: (opened) => readPcap(opened, word),
});

/** Captures of networks (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng): what TCP and UDP carried. */
export const capture: readonly Format[] = [
	pcap('d4c3b2a1', little),
	pcap('4d3cb2a1', little),
	pcap('a1b2c3d4', big),
	pcap('a1b23c4d', big),
	{
		name: 'a capture of packets',
		label: 'pcapng',
		magic: Buffer.from('0a0d0d0a', 'hex'),
		fits: (window, start) => ['4d3c2b1a', '1a2b3c4d'].includes(window.toString('hex', start + 8, start + 12)),
		read: readPcapNg,
	},
];
