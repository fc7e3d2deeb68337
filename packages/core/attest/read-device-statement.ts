import type { DeviceStatement, LeakageTest, PartCertificate } from '../device/device-statement.ts';
import type { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { days } from '../units/milliseconds.ts';
import { member, textMember } from './json-value.ts';
import { writtenInstant } from '../units/written-instant.ts';

const MOST_CERTIFICATES = 8;
const LINE = /^[\x20-\x7e]{1,128}$/;
const SHA256 = /^[0-9a-f]{64}$/;

type Refuse = (what: string) => Problem;

/** The beginning of a day in UTC; null for what is no day. */
const dayOf = (text: string): Instant | null => (/^[\d-]{10}$/.test(text) ? writtenInstant(text) : null);

/** Nothing is passed over: what a manufacturer signs and we do not understand must not look as if it counted. */
const closed = (value: unknown, where: string, known: readonly string[], refuse: Refuse): void => {
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw refuse(`says ${where} that is no object`);
	const odd = Object.keys(value).find((name) => !known.includes(name));
	if (odd !== undefined) throw refuse(`says ${JSON.stringify(odd)} in ${where}, which is not known here`);
};

const line = (value: unknown, name: string, where: string, refuse: Refuse): string => {
	const text = textMember(value, name) ?? '';
	if (!LINE.test(text)) throw refuse(`has in ${where} no ${name} of 1 to 128 printable characters`);
	return text;
};

const day = (value: unknown, name: string, where: string, refuse: Refuse): Instant => {
	const at = dayOf(textMember(value, name) ?? '');
	if (at === null) throw refuse(`has in ${where} no day, such as 2031-12-31, of ${name}`);
	return at;
};

const readCertificate = (value: unknown, refuse: Refuse): PartCertificate => {
	const where = 'a certificate';
	closed(value, where, ['scheme', 'number', 'level', 'expires'], refuse);
	return {
		scheme: line(value, 'scheme', where, refuse),
		number: line(value, 'number', where, refuse),
		level: line(value, 'level', where, refuse),
		// Its last day counts.
		expires: day(value, 'expires', where, refuse) + days(1),
	};
};

const readTest = (value: unknown, refuse: Refuse): LeakageTest => {
	const where = 'leakageTest';
	closed(value, where, ['standard', 'laboratory', 'report', 'at', 'result'], refuse);
	if (textMember(value, 'standard') !== 'ISO/IEC 17825')
		throw refuse('has a leakageTest by another standard than ISO/IEC 17825');
	if (textMember(value, 'result') !== 'pass') throw refuse('has a leakageTest whose result is not pass: leave it out');
	const report = textMember(value, 'report') ?? '';
	if (!SHA256.test(report)) throw refuse('has a leakageTest without the SHA-256 of its report in lower-case hex');
	return { laboratory: line(value, 'laboratory', where, refuse), report, at: day(value, 'at', where, refuse) };
};

/**
 * The member `device` of a manifest's entry: what the manufacturer of the device says of it, beside its part. Null where there is none.
 * Throws what `refuse` makes.
 */
export const readDeviceStatement = (element: unknown, said: Instant, refuse: Refuse): DeviceStatement | null => {
	const value = member(element, 'device');
	if (value === undefined) return null;
	closed(value, 'device', ['debugPort', 'certificates', 'leakageTest'], refuse);
	const port = member(value, 'debugPort') ?? null;
	if (port !== null && port !== 'closed' && port !== 'open')
		throw refuse('has a debugPort that is neither closed nor open');
	const certificates = member(value, 'certificates') ?? [];
	if (!Array.isArray(certificates) || certificates.length > MOST_CERTIFICATES)
		throw refuse(`has no list of at most ${MOST_CERTIFICATES} certificates in device`);
	const test = member(value, 'leakageTest') ?? null;
	return {
		said,
		debugPort: port,
		certificates: certificates.map((one: unknown) => readCertificate(one, refuse)),
		leakageTest: test === null ? null : readTest(test, refuse),
	};
};
