import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import {
	type ClockReading,
	compareClock,
	MOST_RECORDS,
	NTS_ALPN,
	type NtsAnswer,
	ntpRequest,
	ntsExport,
	ntsRecordsAsked,
	ntsRequest,
	readNtpReply,
	readNtsRecords,
	requireNtsReply,
} from '@keyward/core/time';
import type { TimeSource } from '../site/site-file.ts';

/** How long each of the two exchanges may take. */
const PATIENCE: Milliseconds = seconds(5);
const KEY_LENGTH = 32;

const failed = (host: string, error: unknown): Problem =>
	error instanceof Problem
		? error
		: new Problem('time-refused', `${host}: ${error instanceof Error ? error.message : String(error)}`);

interface NtsKeys {
	readonly answer: NtsAnswer;
	readonly toServer: Uint8Array;
	readonly toClient: Uint8Array;
}

/** NTS key exchange (RFC 8915 §4). The certificate is checked against `ca`, or the CAs of the machine where none is named. */
const exchangeKeys = (host: string, port: number, ca: string | null): Promise<NtsKeys> =>
	new Promise((resolve, reject) => {
		const socket = connect({
			...{ host, port, ALPNProtocols: [NTS_ALPN], minVersion: 'TLSv1.3' },
			...(ca !== null && { ca }),
			...(isIP(host) === 0 && { servername: host }),
		});
		const end = (error: unknown): void => {
			socket.destroy();
			reject(failed(host, error));
		};
		socket.setTimeout(PATIENCE, () => end(new Problem('time-refused', `${host} did not answer the key exchange`)));
		socket.once('error', end);
		socket.once('close', () => end(new Problem('time-refused', `${host} ended the key exchange`)));
		socket.once('secureConnect', () => {
			// RFC 8915 §4: another protocol answers on that port.
			if (socket.alpnProtocol !== NTS_ALPN)
				return end(new Problem('time-refused', `${host} speaks no NTS on port ${port}`));
			socket.write(ntsRecordsAsked());
		});
		let had = Buffer.alloc(0);
		socket.on('data', (bytes: Buffer) => {
			try {
				had = Buffer.concat([had, bytes]);
				if (had.length > MOST_RECORDS) throw new Problem('time-refused', `${host} sends records without end`);
				const answer = readNtsRecords(had);
				if (answer === null) return;
				const key = (context: Uint8Array): Uint8Array =>
					new Uint8Array(socket.exportKeyingMaterial(KEY_LENGTH, ntsExport.label, Buffer.from(context)));
				resolve({ answer, toServer: key(ntsExport.toServer), toClient: key(ntsExport.toClient) });
				socket.end();
			} catch (error) {
				end(error);
			}
		});
	});

/** Sends one packet and gives the first that `judge` takes; one that it refuses ends it, since no honest server sends such. */
const askOnce = <Value>(
	host: string,
	port: number,
	packet: Uint8Array,
	judge: (bytes: Uint8Array) => Value,
): Promise<Value> =>
	new Promise((resolve, reject) => {
		const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
		const end = (finish: () => void): void => {
			clearTimeout(timer);
			socket.close();
			finish();
		};
		const fail = (error: unknown): void => end(() => reject(failed(host, error)));
		const timer = setTimeout(
			() => fail(new Problem('time-refused', `${host} did not answer on UDP port ${port}`)),
			PATIENCE,
		);
		socket.once('error', fail);
		socket.once('message', (bytes) => {
			try {
				const value = judge(new Uint8Array(bytes));
				end(() => resolve(value));
			} catch (error) {
				fail(error);
			}
		});
		// Connected: the kernel drops what comes from elsewhere.
		socket.connect(port, host, () => socket.send(packet));
	});

/** Asks a time server once how this machine's clock compares with it. Throws `Problem('time-refused')`. */
export const askTime = async (source: TimeSource, ca: string | null, clock: Clock): Promise<ClockReading> => {
	const mark = new Uint8Array(randomBytes(8));
	const compare = (host: string, port: number, packet: Uint8Array, header: (bytes: Uint8Array) => Uint8Array) => {
		const [asked, ticks] = [clock.now(), performance.now()];
		return askOnce(host, port, packet, (bytes) => {
			const elapsed = performance.now() - ticks;
			return compareClock(readNtpReply(header(bytes), mark, asked), asked, elapsed, ticks + elapsed);
		});
	};
	if (!source.authenticated) return compare(source.host, source.port, ntpRequest(mark), (bytes) => bytes);
	const { answer, toServer, toClient } = await exchangeKeys(source.host, source.port, ca);
	const unique = new Uint8Array(randomBytes(32));
	const nonce = new Uint8Array(randomBytes(16));
	const packet = ntsRequest(ntpRequest(mark), answer.cookie, toServer, { unique, nonce });
	return compare(answer.server ?? source.host, answer.port, packet, (bytes) =>
		requireNtsReply(bytes, unique, toClient),
	);
};
