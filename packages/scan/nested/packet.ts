/** What one packet carries, and in which conversation. */
export interface Segment {
	readonly flow: string;
	/** Null for datagrams. */
	readonly sequence: number | null;
	readonly payload: Buffer;
	/** The first of its direction: the next octet has the next number. */
	readonly isFirst: boolean;
}

const [TCP, UDP] = [6, 17];

/** Where the network layer begins, by the kind of link (tcpdump.org/linktypes.html); -1 for a kind that is not known. */
const networkAt = (packet: Buffer, link: number): number => {
	if (link === 12 || link === 14 || link === 101 || link === 228 || link === 229) return 0;
	if (link === 0 || link === 108) return 4;
	if (link === 113) return 16;
	if (link === 276) return 20;
	if (link !== 1) return -1;
	let at = 12;
	// VLAN tags.
	while (at + 4 < packet.length && [0x8100, 0x88a8, 0x9100].includes(packet.readUInt16BE(at))) at += 4;
	return at + 2;
};

const ipv4 = (bytes: Buffer): string => bytes.join('.');
const ipv6 = (bytes: Buffer): string => bytes.toString('hex').replaceAll(/.{4}(?=.)/g, '$&:');

/** The payload of TCP or UDP in a packet; null where there is none, undefined where the link is of a kind that is not known. */
export const segmentIn = (packet: Buffer, link: number): Segment | null | undefined => {
	const start = networkAt(packet, link);
	if (start < 0) return undefined;
	const ip = packet.subarray(start);
	const version = (ip[0] ?? 0) >> 4;
	let transport: Buffer;
	let protocol: number;
	let ends: readonly [string, string];
	if (version === 4 && ip.length >= 20) {
		const header = ((ip[0] ?? 0) & 15) * 4;
		protocol = ip[9] ?? 0;
		transport = ip.subarray(header, Math.max(header, ip.readUInt16BE(2)));
		ends = [ipv4(ip.subarray(12, 16)), ipv4(ip.subarray(16, 20))];
		// Fragments but the first have no ports.
		if ((ip.readUInt16BE(6) & 0x1fff) !== 0) return null;
	} else if (version === 6 && ip.length >= 40) {
		protocol = ip[6] ?? 0;
		transport = ip.subarray(40, 40 + ip.readUInt16BE(4));
		ends = [ipv6(ip.subarray(8, 24)), ipv6(ip.subarray(24, 40))];
	} else return null;
	if (transport.length < 8 || (protocol !== TCP && protocol !== UDP)) return null;
	const flow = `${protocol === TCP ? 'TCP' : 'UDP'} ${ends[0]}:${transport.readUInt16BE(0)} to ${ends[1]}:${transport.readUInt16BE(2)}`;
	if (protocol === UDP) return { flow, sequence: null, payload: transport.subarray(8), isFirst: false };
	if (transport.length < 20) return null;
	const payload = transport.subarray(((transport[12] ?? 0) >> 4) * 4);
	return { flow, sequence: transport.readUInt32BE(4), payload, isFirst: ((transport[13] ?? 0) & 2) !== 0 };
};
