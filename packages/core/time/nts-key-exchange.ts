import { Problem } from '../problem/problem.ts';

/** What the exporter of the TLS session makes keys with (RFC 8915 §5.1): NTPv4, AEAD_AES_SIV_CMAC_256, direction. */
export const ntsExport = {
	label: 'EXPORTER-network-time-security',
	toServer: Uint8Array.of(0, 0, 0, 15, 0),
	toClient: Uint8Array.of(0, 0, 0, 15, 1),
} as const;

/** RFC 8915 §4, and its port. */
export const NTS_ALPN = 'ntske/1';
export const NTS_PORT = 4460;
export const NTP_PORT = 123;
/** More is no answer of a server: it is read no further. */
export const MOST_RECORDS = 16 * 1024;

const CRITICAL = 0x8000;
export const recordType = {
	end: 0,
	protocol: 1,
	error: 2,
	warning: 3,
	aead: 4,
	cookie: 5,
	server: 6,
	port: 7,
} as const;
const NTPV4 = Uint8Array.of(0, 0);
const AES_SIV_CMAC_256 = Uint8Array.of(0, 15);

/** What a client is to ask, whom, and with which cookie. */
export interface NtsAnswer {
	readonly cookie: Uint8Array;
	/** Null: the server that it was negotiated with. */
	readonly server: string | null;
	readonly port: number;
}

const record = (type: number, body: Uint8Array): Uint8Array => {
	const bytes = new Uint8Array(4 + body.length);
	const view = new DataView(bytes.buffer);
	view.setUint16(0, type);
	view.setUint16(2, body.length);
	bytes.set(body, 4);
	return bytes;
};

const records = (...all: readonly (readonly [number, Uint8Array])[]): Uint8Array =>
	new Uint8Array(Buffer.concat(all.map(([type, body]) => record(type, body))));

/** What a client sends: NTPv4 with AEAD_AES_SIV_CMAC_256, which every server has. */
export const ntsRecordsAsked = (): Uint8Array =>
	records(
		[CRITICAL | recordType.protocol, NTPV4],
		[CRITICAL | recordType.aead, AES_SIV_CMAC_256],
		[CRITICAL | recordType.end, new Uint8Array()],
	);

/** What a server answers, for those that stand in for one in tests. */
export const ntsRecordsAnswered = (cookie: Uint8Array, port: number): Uint8Array =>
	records(
		[CRITICAL | recordType.protocol, NTPV4],
		[recordType.aead, AES_SIV_CMAC_256],
		[recordType.port, Uint8Array.of(port >> 8, port & 0xff)],
		[recordType.cookie, cookie],
		[CRITICAL | recordType.end, new Uint8Array()],
	);

/** The answer of a key exchange; null while its end has not come. Throws `Problem('time-refused')`. */
export const readNtsRecords = (bytes: Uint8Array): NtsAnswer | null => {
	const refuse = (detail: string): never => {
		throw new Problem('time-refused', `key exchange: ${detail}`);
	};
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const same = (body: Uint8Array, wanted: Uint8Array): boolean => Buffer.compare(body, wanted) === 0;
	let cookie: Uint8Array | null = null;
	let [server, port]: [string | null, number] = [null, NTP_PORT];
	const agreed = { protocol: false, aead: false };
	for (let at = 0; at + 4 <= bytes.length;) {
		const [word, length] = [view.getUint16(at), view.getUint16(at + 2)];
		if (at + 4 + length > bytes.length) return null;
		const body = bytes.subarray(at + 4, at + 4 + length);
		at += 4 + length;
		switch (word & ~CRITICAL) {
			case recordType.end:
				if (!agreed.protocol || !agreed.aead) refuse('the server has no NTPv4 with AEAD_AES_SIV_CMAC_256');
				if (cookie === null) return refuse('the server gave no cookie');
				return { cookie, server, port };
			case recordType.protocol:
				agreed.protocol = same(body, NTPV4);
				break;
			case recordType.aead:
				agreed.aead = same(body, AES_SIV_CMAC_256);
				break;
			case recordType.error:
				refuse(
					`the server answered with error ${body.length === 2 ? ((body[0] ?? 0) << 8) | (body[1] ?? 0) : 'of no number'}`,
				);
				break;
			case recordType.cookie:
				cookie ??= body.slice();
				break;
			case recordType.server:
				server = new TextDecoder('ascii').decode(body);
				if (!/^[\w.:-]{1,253}$/.test(server)) refuse('the server names another by an invalid name');
				break;
			case recordType.port:
				if (body.length !== 2) refuse('the server names an invalid port');
				port = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
				break;
			default:
				// RFC 8915 §4.1: what is critical and not known ends the exchange; the rest is passed over.
				if ((word & CRITICAL) !== 0) refuse(`the server asks for record type ${word & ~CRITICAL}, which is not known`);
		}
	}
	return null;
};
