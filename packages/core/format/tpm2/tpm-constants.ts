/** TPM_ECC_CURVE (Part 2 §6.4), those whose keys Keyward certifies. */
export const TPM_ECC = Object.freeze({ NIST_P256: 0x0003, NIST_P384: 0x0004 } as const);

/** TPM_ST (Part 2 §6.9): structure tags of commands, attestations and tickets. */
export const TPM_ST = Object.freeze({
	NO_SESSIONS: 0x8001,
	SESSIONS: 0x8002,
	ATTEST_NV: 0x8014,
	ATTEST_CERTIFY: 0x8017,
	ATTEST_QUOTE: 0x8018,
	ATTEST_CREATION: 0x801a,
	HASHCHECK: 0x8024,
} as const);

/** TPM_RH (Part 2 §7.4): permanent handles. */
export const TPM_RH = Object.freeze({
	OWNER: 0x4000_0001,
	NULL: 0x4000_0007,
	LOCKOUT: 0x4000_000a,
	ENDORSEMENT: 0x4000_000b,
	PLATFORM: 0x4000_000c,
	/** TPM_RS_PW: the password session. */
	PASSWORD: 0x4000_0009,
} as const);

/** TPM_GENERATED_VALUE (Part 2 §6.2): "\xffTCG", which only a TPM puts before what a restricted key signs. */
export const TPM_GENERATED = 0xff54_4347;
