import type { Custody } from '../device/custody.ts';

/**
 * What is known of a fleet's keys: who holds which, where it lies and what it opens. From a live site or from somebody's files.
 * Keys are named by a fingerprint; no secret is in it.
 */
export interface Inventory {
	/** Where it comes from, for people. */
	readonly source: string;
	readonly devices: readonly InventoryDevice[];
	readonly readers: readonly InventoryReader[];
	readonly gateways: readonly InventoryGateway[];
	readonly authorities: readonly InventoryAuthority[];
	readonly updateRoles: readonly InventoryRole[];
	readonly people: readonly InventoryPerson[];
	/** The machine that receives readings and holds what it needs for that; null where nothing is known of one. */
	readonly service: InventoryService | null;
	/** What is not known, and was taken for the worse. */
	readonly assumptions: readonly string[];
}

/** A key that its holder uses, and where it lies. */
export interface HeldKey {
	/** Two holders of one key have one name for it. */
	readonly key: string;
	/** `software` where nobody vouches for more, and for an emulated part. */
	readonly custody: Custody;
	/** A shared secret that also opens what was recorded of its holder: no forward secrecy (RFC 8446 §2.2, LoRaWAN 1.0 AppKey). */
	readonly opensRecorded: boolean;
}

export interface InventoryDevice {
	/** Unique among devices: `application/id` for a site. */
	readonly id: string;
	readonly class: string | null;
	readonly keys: readonly HeldKey[];
	readonly streams: readonly InventoryStream[];
	/** Takes commands. */
	readonly commands: boolean;
	/** CAs (ids) whose certificates are taken for its name. */
	readonly authorities: readonly string[];
	/** Ids of the gateways that pass on its readings in plain text. */
	readonly gateways: readonly string[];
	/** Ids of the update roles whose firmware it installs. */
	readonly updateRoles: readonly string[];
	/** Id of the role whose commands alone it obeys; null where it obeys nobody's. Left out: it obeys the service. */
	readonly commandRole?: string | null;
	/** Id of the role that decides who reads what it seals. */
	readonly rosterRole?: string;
}

export interface InventoryStream {
	readonly name: string;
	readonly essential: boolean;
	/** Sealed on the device for its readers: the keys of readers open it, and the service does not. */
	readonly sealed: boolean;
}

export interface InventoryReader {
	readonly id: string;
	readonly keys: readonly HeldKey[];
	/** `device/stream` that it may read; `*` for every device of its application or inventory. */
	readonly grants: readonly { readonly device: string; readonly stream: string }[];
	readonly authorities: readonly string[];
}

export interface InventoryGateway {
	readonly id: string;
	readonly keys: readonly HeldKey[];
	/** The gateway behind which it stands; null for none. */
	readonly behind: string | null;
}

export interface InventoryAuthority {
	readonly id: string;
	readonly key: HeldKey;
	/** Its key is on the service's machine. */
	readonly onService: boolean;
	/** CAs (ids) that it certifies. */
	readonly certifies: readonly string[];
	/** It certifies the service, so that who has it can stand in for the service. */
	readonly certifiesService: boolean;
}

/** Keys of which so many sign together: updates (TUF roles), commands, or what the owner says. */
export interface InventoryRole {
	readonly id: string;
	/** `update-role` where it is left out. */
	readonly kind?: 'update-role' | 'command-role' | 'owner-role';
	readonly keys: readonly string[];
	readonly threshold: number;
	/** Roles (ids) whose signers it names. */
	readonly appoints?: readonly string[];
	/** Its keys are on the service's machine. */
	readonly onService?: boolean;
}

export interface InventoryPerson {
	readonly id: string;
	readonly operatesService: boolean;
	/** Keys (names) that the person has. */
	readonly keys: readonly string[];
}

export interface InventoryService {
	readonly id: string;
	/** It can read what it stores: content is not sealed to readers. */
	readonly readsContent: boolean;
	/** Every shared secret of a device is known to it too. */
	readonly holdsSharedSecrets: boolean;
}
