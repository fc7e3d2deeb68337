/** How a module and a token in it name themselves (CK_INFO, CK_TOKEN_INFO), without padding. */
export interface TokenIdentity {
	readonly label: string;
	readonly serial: string;
	readonly manufacturer: string;
	readonly model: string;
	readonly libraryManufacturer: string;
	readonly libraryDescription: string;
}

/** Programs that keep their keys in memory or a file and say so by name. */
const EMULATORS: readonly RegExp[] = [
	/softhsm/i,
	/kryoptic/i,
	// NSS's own database.
	/mozilla foundation|NSS (?:generic|certificate|fips)/i,
	// openCryptoki's software token, and a TPM 2.0 simulator behind tpm2-pkcs11.
	/ibm.*soft|soft ?tok/i,
	/\bsw +tpm\b|swtpm|simulator/i,
];

/**
 * True for a token that is known to be software. What a token says of itself is a claim: one that lies about its name passes, so
 * that this only ever takes trust away and never gives any.
 */
export const isEmulator = (identity: TokenIdentity): boolean =>
	[identity.manufacturer, identity.model, identity.libraryManufacturer, identity.libraryDescription].some((name) =>
		EMULATORS.some((known) => known.test(name)),
	);
