/** A socket that waits for others, as the kernel's tables show it (proc(5), /proc/net/tcp and its like). */
export interface WaitingSocket {
	/** As the kernel writes it: hexadecimal, the bytes of each word in reverse. */
	readonly address: string;
	readonly port: number;
	readonly inode: string;
}

/** TCP_LISTEN, and TCP_CLOSE, which is what a UDP socket without a peer is in (include/net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const;

/** Sockets of one table that take what anybody sends. A machine with ten thousand connections has as many lines: only those in that state are read. */
export const readSocketTable = (protocol: keyof typeof WAITING, text: string): WaitingSocket[] => {
	const found: WaitingSocket[] = [];
	const mark = `:0000 ${WAITING[protocol]} `;
	for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
		const end = text.indexOf('\n', at);
		const line = text.slice(text.lastIndexOf('\n', at) + 1, end === -1 ? undefined : end);
		const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
		if (state !== WAITING[protocol] || !/^0+:0000$/.test(remote)) continue;
		const [address = '', port = ''] = local.split(':');
		found.push({ address, port: Number.parseInt(port, 16), inode });
	}
	return found;
};

const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/i;

/** Nobody on a network reaches it (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3, RFC 4038 §4.2). */
export const isLoopback = (address: string): boolean => LOOPBACK.test(address);
