import { Problem } from '@keyward/core';

/** Control fields of the link layer (EN 13757-2, section 5.3.4): reset, and requests for data with either frame count bit. */
export const RESET = 0x40;
export const REQUEST = [0x7b, 0x5b] as const;

const sumOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);

/** A short frame: start, control, address, checksum, stop. */
export const shortFrame = (control: number, address: number): Buffer =>
	Buffer.from([0x10, control, address, (control + address) & 0xff, 0x16]);

const none = (what: string): Problem =>
	new Problem('source-malformed', `what came is no answer to the request: ${what}`);

/** What came after the request itself, where the level converter hears it. */
const heardAfter = (request: Buffer, came: Buffer): Buffer =>
	came.subarray(0, request.length).equals(request) ? came.subarray(request.length) : came;

/** True when the meter has acknowledged with E5; null when more is to come. */
export const acknowledged = (request: Buffer, came: Buffer): true | null => {
	const [first] = heardAfter(request, came);
	if (first === undefined || (request[0] === first && came.length < request.length)) return null;
	if (first !== 0xe5) throw none('no acknowledgement');
	return true;
};

/**
 * The user data of a long frame, after its control information; null when more is to come. Throws `Problem('source-malformed')`
 * for anything that cannot become a response of this meter.
 */
export const longFrame = (request: Buffer, address: number, came: Buffer): Uint8Array | null => {
	const heard = heardAfter(request, came);
	if (heard.length === 0 || (heard.length < request.length && request.subarray(0, heard.length).equals(heard)))
		return null;
	if (heard[0] !== 0x68) throw none('it is no long frame');
	if (heard.length < 4) return null;
	const size = heard[1] ?? 0;
	if (heard[2] !== size || heard[3] !== 0x68 || size < 3) throw none('its length is given in two ways');
	if (heard.length < size + 6) return null;
	const body = heard.subarray(4, 4 + size);
	// Integrity (input-refused): figures that a bad line garbled would otherwise be believed, and signed.
	if (sumOf(body) !== heard[4 + size]) throw none('its checksum is wrong');
	if (heard[5 + size] !== 0x16 || heard.length > size + 6) throw none('it does not end where it should');
	const [control = 0, sender, information] = body;
	// RSP_UD, whatever its access demand and flow control bits say.
	if ((control & 0xcf) !== 0x08) throw none(`its control field is 0x${control.toString(16)}`);
	// 254 asks whichever meter is alone on the line.
	if (address !== 254 && sender !== address) throw none(`it is of meter ${sender}, meter ${address} was asked`);
	if (information === 0x70) throw new Problem('source-unavailable', `the meter reports error ${body[3] ?? 'unknown'}`);
	if (information !== 0x72)
		throw none(`its data are not in the variable form (0x${(information ?? 0).toString(16)}), or are encrypted`);
	return Uint8Array.from(body.subarray(3));
};
