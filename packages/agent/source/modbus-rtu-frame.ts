import { Problem } from '@keyward/core';
import { type ModbusRegister, registerCount } from './modbus-register.ts';

/** CRC-16 of Modbus (Modbus over Serial Line 1.02, section 6.2.2): polynomial 0xA001 reflected, from 0xFFFF; low byte first on the line. */
export const crc16 = (bytes: Uint8Array): number => {
	let crc = 0xff_ff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa0_01 : crc >>> 1;
	}
	return crc;
};

const withCrc = (bytes: Buffer): Buffer => {
	const frame = Buffer.alloc(bytes.length + 2);
	bytes.copy(frame);
	frame.writeUInt16LE(crc16(bytes), bytes.length);
	return frame;
};

/** The request for a figure's registers. */
export const rtuRequest = (unitId: number, register: ModbusRegister): Buffer => {
	const request = Buffer.alloc(6);
	request.writeUInt8(unitId, 0);
	request.writeUInt8(register.table === 'holding' ? 3 : 4, 1);
	request.writeUInt16BE(register.address, 2);
	request.writeUInt16BE(registerCount(register), 4);
	return withCrc(request);
};

/** What exception codes mean (Modbus Application Protocol 1.1b3, section 7). */
const EXCEPTIONS: Readonly<Record<number, string>> = {
	1: 'illegal function: the instrument has no such table of registers',
	2: 'illegal address: the instrument has no such register',
	3: 'illegal value',
	4: 'the instrument failed',
	5: 'the instrument is still at work',
	6: 'the instrument is busy',
	8: 'memory parity error',
	10: 'the gateway has no path',
	11: 'the instrument behind the gateway does not answer',
};

/**
 * The bytes of the registers in what came over the line, or an exception as `Problem('source-unavailable')`; null when more is to
 * come. Bytes of the request itself before it (adapters that hear themselves) are passed over. Throws `Problem('source-malformed')`
 * for what cannot become the answer: another unit's, another length, a wrong checksum.
 */
export const rtuAnswer = (request: Buffer, came: Buffer): Uint8Array | Problem | null => {
	const heard = came.subarray(0, request.length).equals(request) ? came.subarray(request.length) : came;
	const [unit, code, third] = heard;
	const [askedUnit = 0, askedCode = 0] = request;
	const size = request.readUInt16BE(4) * 2;
	const none = (what: string): Problem =>
		new Problem('source-malformed', `what came is no answer to the request: ${what}`);
	if (unit !== undefined && unit !== askedUnit) throw none(`it is of unit ${unit}, unit ${askedUnit} was asked`);
	const isException = code === (askedCode | 0x80);
	if (code !== undefined && !isException && code !== askedCode)
		throw none(`it has function ${code}, ${askedCode} was asked`);
	if (third === undefined) return null;
	// A late answer to another request shows itself by its length, where it has another.
	if (!isException && third !== size) throw none(`it has ${third} bytes, ${size} were asked`);
	const whole = isException ? 5 : 5 + size;
	if (heard.length < whole) return null;
	// Integrity (input-refused): figures that a bad line garbled would otherwise be believed, and signed.
	if (crc16(heard.subarray(0, whole - 2)) !== heard.readUInt16LE(whole - 2)) throw none('its checksum is wrong');
	if (heard.length > whole) throw none(`${heard.length - whole} bytes follow it`);
	return isException
		? new Problem('source-unavailable', `exception ${third}: ${EXCEPTIONS[third] ?? 'the instrument refuses'}`)
		: Uint8Array.from(heard.subarray(3, 3 + size));
};
