import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';

/** A header without extension fields (RFC 5905 §7.3). */
export const NTP_HEADER = 48;

/** From the era of NTP, 1900, to that of Unix. */
const UNIX_OFFSET = 2_208_988_800;
const ERA = 2 ** 32;
const FRACTION = 2 ** 32;
/** Modes (RFC 5905 §7.3). */
const [CLIENT, SERVER] = [3, 4];
const [ORIGIN, RECEIVE, TRANSMIT] = [24, 32, 40];

/** What a server said of the time, and of how well it knows it. */
export interface NtpReply {
	/** When the request came to it and when it answered, by its clock. */
	readonly received: Instant;
	readonly sent: Instant;
	/** How far it may be from the true time by its own account: its distance from the root, half the way and what was lost on it. */
	readonly distance: Milliseconds;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * A client's header. `mark` (8 bytes at random) stands where the client's time would, so that nobody learns it; the answer has it again
 * (draft-ietf-ntp-data-minimization; RFC 8915 §9.4).
 */
export const ntpRequest = (mark: Uint8Array): Uint8Array => {
	const bytes = new Uint8Array(NTP_HEADER);
	bytes[0] = (4 << 3) | CLIENT;
	bytes.set(mark.subarray(0, 8), TRANSMIT);
	return bytes;
};

/** Of a 64-bit timestamp, in the era that is nearest to `about`: the count begins again in 2036. */
const instantAt = (view: DataView, at: number, about: Instant): Instant => {
	const counted = view.getUint32(at) + view.getUint32(at + 4) / FRACTION - UNIX_OFFSET;
	const eras = Math.round((about / 1000 - counted) / ERA);
	return (counted + eras * ERA) * 1000;
};

/** 16.16 seconds. */
const shortAt = (view: DataView, at: number): Milliseconds => (view.getUint32(at) / 65_536) * 1000;

/**
 * Reads an answer to the request with this mark. Throws `Problem('time-refused')` for what is no such answer, and for a server that
 * says itself that it does not know the time.
 */
export const readNtpReply = (bytes: Uint8Array, mark: Uint8Array, now: Instant): NtpReply => {
	if (bytes.length < NTP_HEADER) throw new Problem('time-refused', `an answer of ${bytes.length} bytes is no NTP`);
	const view = viewOf(bytes);
	const first = view.getUint8(0);
	const [leap, version, mode] = [first >> 6, (first >> 3) & 7, first & 7];
	if (version !== 4 || mode !== SERVER)
		throw new Problem('time-refused', `an answer of version ${version} and mode ${mode} comes from no NTPv4 server`);
	// RFC 5905 §8, TEST2: an answer to another question is a replay, or made by somebody who did not see the question.
	if (Buffer.compare(bytes.subarray(ORIGIN, ORIGIN + 8), mark.subarray(0, 8)) !== 0)
		throw new Problem('time-refused', 'the answer is to another request: it was replayed, or made up');
	const stratum = view.getUint8(1);
	if (stratum === 0) {
		const code = String.fromCharCode(...bytes.subarray(12, 16)).replaceAll(/[^A-Z]/g, '');
		throw new Problem(
			'time-refused',
			`the server sent no time but the code ${code === '' ? 'none' : code} (RFC 5905 §7.4)`,
		);
	}
	if (leap === 3 || stratum > 15)
		throw new Problem('time-refused', 'the server says that its own clock is not synchronised');
	const distance = shortAt(view, 4) / 2 + shortAt(view, 8);
	return { received: instantAt(view, RECEIVE, now), sent: instantAt(view, TRANSMIT, now), distance };
};

/** A server's answer, as a server makes it: for those that stand in for one in tests. */
export const ntpReply = (request: Uint8Array, received: Instant, sent: Instant, distance: Milliseconds): Uint8Array => {
	const bytes = new Uint8Array(NTP_HEADER);
	const view = viewOf(bytes);
	bytes[0] = (4 << 3) | SERVER;
	bytes[1] = 1;
	view.setUint32(8, Math.round((distance / 1000) * 65_536));
	bytes.set(request.subarray(TRANSMIT, TRANSMIT + 8), ORIGIN);
	for (const [at, instant] of [
		[RECEIVE, received],
		[TRANSMIT, sent],
	] as const) {
		const counted = instant / 1000 + UNIX_OFFSET;
		view.setUint32(at, Math.floor(counted) % ERA);
		view.setUint32(at + 4, Math.floor((counted % 1) * FRACTION));
	}
	return bytes;
};
