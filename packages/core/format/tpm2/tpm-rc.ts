/** TPM_RC (Part 2 §6.6), those that code asks for. */
export const TPM_RC = Object.freeze({
	SUCCESS: 0x000,
	INITIALIZE: 0x100,
	FAILURE: 0x101,
	/** Format one: of a handle, parameter or session, whose number {@link baseResponseCode} takes away. */
	VALUE: 0x084,
	HANDLE: 0x08b,
	AUTH_FAIL: 0x08e,
	INTEGRITY: 0x09f,
	BAD_AUTH: 0x0a2,
	TOO_MANY_CONTEXTS: 0x12e,
	CONTEXT_GAP: 0x901,
	OBJECT_MEMORY: 0x902,
	SESSION_MEMORY: 0x903,
	SESSION_HANDLES: 0x905,
	YIELDED: 0x908,
	TESTING: 0x90a,
	REFERENCE_H0: 0x910,
	REFERENCE_S0: 0x918,
	NV_RATE: 0x920,
	LOCKOUT: 0x921,
	RETRY: 0x922,
} as const);

const formatZero: Readonly<Record<number, string>> = {
	0x100: 'INITIALIZE: the TPM was not started after a reset',
	0x101: 'FAILURE: the TPM is in failure mode until it is reset',
	0x103: 'SEQUENCE',
	0x120: 'DISABLED',
	0x121: 'EXCLUSIVE',
	0x124: 'AUTH_TYPE',
	0x125: 'AUTH_MISSING',
	0x126: 'POLICY',
	0x127: 'PCR',
	0x128: 'PCR_CHANGED',
	0x12d: 'UPGRADE',
	0x12e: 'TOO_MANY_CONTEXTS',
	0x12f: 'AUTH_UNAVAILABLE',
	0x130: 'REBOOT: the TPM must be reset before it works again',
	0x131: 'UNBALANCED',
	0x142: 'COMMAND_SIZE',
	0x143: 'COMMAND_CODE: this TPM does not have the command',
	0x144: 'AUTHSIZE',
	0x145: 'AUTH_CONTEXT',
	0x146: 'NV_RANGE',
	0x147: 'NV_SIZE',
	0x148: 'NV_LOCKED',
	0x149: 'NV_AUTHORIZATION',
	0x14a: 'NV_UNINITIALIZED',
	0x14b: 'NV_SPACE',
	0x14c: 'NV_DEFINED',
	0x150: 'BAD_CONTEXT',
	0x151: 'CPHASH',
	0x152: 'PARENT',
	0x153: 'NEEDS_TEST',
	0x154: 'NO_RESULT',
	0x155: 'SENSITIVE',
};

const formatOne: Readonly<Record<number, string>> = {
	0x81: 'ASYMMETRIC',
	0x82: 'ATTRIBUTES',
	0x83: 'HASH',
	0x84: 'VALUE',
	0x85: 'HIERARCHY',
	0x87: 'KEY_SIZE',
	0x88: 'MGF',
	0x89: 'MODE',
	0x8a: 'TYPE',
	0x8b: 'HANDLE: nothing is loaded under this handle',
	0x8c: 'KDF',
	0x8d: 'RANGE',
	0x8e: 'AUTH_FAIL: wrong authorization value; every failure counts towards the lockout',
	0x8f: 'NONCE',
	0x90: 'PP',
	0x92: 'SCHEME',
	0x95: 'SIZE',
	0x96: 'SYMMETRIC',
	0x97: 'TAG',
	0x98: 'SELECTOR',
	0x9a: 'INSUFFICIENT',
	0x9b: 'SIGNATURE',
	0x9c: 'KEY',
	0x9d: 'POLICY_FAIL',
	0x9f: 'INTEGRITY: not made by this TPM under this parent, or altered',
	0xa0: 'TICKET',
	0xa1: 'RESERVED_BITS',
	0xa2: 'BAD_AUTH: wrong authorization value',
	0xa3: 'EXPIRED',
	0xa4: 'POLICY_CC',
	0xa5: 'BINDING: public and private part do not belong together',
	0xa6: 'CURVE',
	0xa7: 'ECC_POINT',
};

const warnings: Readonly<Record<number, string>> = {
	0x901:
		'CONTEXT_GAP: a session that another program saved is too old; free saved ones with tpm2_flushcontext --saved-session',
	0x902: 'OBJECT_MEMORY: the slots for objects are full; use a resource manager (/dev/tpmrm0), or flush',
	0x903: 'SESSION_MEMORY: the slots for sessions are full; use a resource manager (/dev/tpmrm0), or flush',
	0x904: 'MEMORY',
	0x905: 'SESSION_HANDLES: the sessions are used up; free saved ones with tpm2_flushcontext --saved-session',
	0x906: 'OBJECT_HANDLES',
	0x907: 'LOCALITY',
	0x908: 'YIELDED',
	0x909: 'CANCELED',
	0x90a: 'TESTING',
	0x920: 'NV_RATE: too many writes in a short time',
	0x921: 'LOCKOUT: too many wrong PINs, or power cuts after a key with lockout protection was used',
	0x922: 'RETRY',
	0x923: 'NV_UNAVAILABLE',
};

const referenceOf = (code: number): string | undefined =>
	code >= 0x910 && code <= 0x91e
		? `REFERENCE_${code < 0x918 ? `H${code - 0x910}` : `S${code - 0x918}`}: a handle or session is no longer loaded`
		: undefined;

/** The code without the number of the handle, parameter or session that it is about, to compare with {@link TPM_RC}. */
export const baseResponseCode = (code: number): number => ((code & 0x80) === 0 ? code : 0x80 | (code & 0x3f));

/** In words, such as "TPM_RC_HANDLE: nothing is loaded under this handle (handle 1)". */
export const describeResponseCode = (code: number): string => {
	const hex = `0x${code.toString(16).padStart(3, '0')}`;
	if (code >= 0x1000) return `response code ${hex} of the layer ${code >>> 16} above the TPM`;
	if ((code & 0x80) === 0) {
		const name = formatZero[code] ?? warnings[code] ?? referenceOf(code);
		return name === undefined ? `response code ${hex}` : `TPM_RC_${name}`;
	}
	const number = (code >> 8) & 0xf;
	const about =
		(code & 0x40) !== 0 ? `parameter ${number}` : number >= 8 ? `session ${number - 8}` : `handle ${number}`;
	const name = formatOne[0x80 | (code & 0x3f)];
	return name === undefined ? `response code ${hex}` : `TPM_RC_${name}${number === 0 ? '' : ` (${about})`}`;
};
