import type { Instant } from '../units/instant.ts';

/** A manufacturer of parts, and the authorities by which it vouches for them. */
export interface Manufacturer {
	readonly name: string;
	/** DER certificates: roots, or the issuing authorities themselves. */
	readonly anchors: readonly Uint8Array[];
	/** True where the parts are simulated: what they say counts because the site says so, and is shown as emulated. */
	readonly emulated: boolean;
	/** DER certificates of those who sign its manifests. */
	readonly manifestSigners?: readonly Uint8Array[];
}

/** Whom a site believes about parts. */
export interface AttestationTrust {
	readonly manufacturers: readonly Manufacturer[];
	/**
	 * What is revoked: certificates by their `identitiesOf`; parts as `partOfManufacturer` names them; and signers of manifests also by the
	 * SHA-256 of the very certificate that the site file names, lower-case hex, by which imported manifests remember them.
	 */
	readonly revoked: ReadonlySet<string>;
	/** TPM firmware that is known to be broken: its version as the TPM gives it. */
	readonly deniedFirmware: readonly { readonly manufacturer: string; readonly version: bigint }[];
}

/** The time at which certificates are judged, and whom the site believes. */
export interface TrustAt {
	readonly trust: AttestationTrust;
	readonly now: Instant;
}
