/** A part: `ek:` and SHA-256 of a TPM's endorsement key, or `serial:` and the number that its manufacturer gave it. */
const PART = /^(?:ek:[0-9a-f]{64}|serial:[0-9A-Za-z._-]{1,64})$/;

export const isPart = (text: string): boolean => PART.test(text);

/** How a device is expected with its part: a part, and for a number, after `@`, the name of the manufacturer that gave it. */
export const expectedPartPattern = '^(?:ek:[0-9a-f]{64}|serial:[0-9A-Za-z._-]{1,64}(?:@[^@"]{1,128})?)$';

const EXPECTED = new RegExp(expectedPartPattern);

export const isExpectedPart = (text: string): boolean => EXPECTED.test(text);

/** A part named so that no other manufacturer's has the name: numbers are each manufacturer's own, keys are nobody's twice. */
export const partOfManufacturer = (part: string, manufacturer: string | null): string =>
	part.startsWith('serial:') ? `${part}@${manufacturer ?? ''}` : part;

/** expected-device (CR 1.4): whether the part of this manufacturer is the one that is expected. */
export const isPartExpected = (expected: string, part: string, manufacturer: string | null): boolean =>
	expected === part || expected === partOfManufacturer(part, manufacturer);
