import type { PrincipalName } from '../device/principal-name.ts';
import type { Instant } from '../units/instant.ts';

/** A document of advisories as it was read. Format, publisher and id together name it. */
export interface StoredDocument {
	readonly format: 'osv' | 'csaf';
	/** Empty where the format has none. */
	readonly publisher: string;
	readonly id: string;
	/** When its publisher changed it last. */
	readonly updated: Instant;
	/** When the first of this name was imported. */
	readonly imported: Instant;
	/** True when an operator named the file; false when it lay in the watched folder. */
	readonly byHand: boolean;
	/** SHA-256 of the file, lower-case hex. */
	readonly file: string;
	/** What was read of it, as JSON. */
	readonly text: string;
}

/** `older`: a later one is known, and stands. `by-hand`: an operator gave the known one, and the folder does not replace it. */
export type DocumentOutcome = 'new' | 'replaced' | 'known' | 'older' | 'by-hand';

/** The bill of materials of one version of a device class's software. */
export interface StoredBill {
	readonly application: string;
	readonly class: string;
	readonly version: string;
	/** SHA-256 of the file, lower-case hex. */
	readonly file: string;
	readonly at: Instant;
	/** How many components it has, and how many of them no advisory can name. */
	readonly components: number;
	readonly unidentified: number;
	/** What was read of it, as JSON. */
	readonly text: string;
}

/** What the boot of one version of a device class's software looks like, as its release says. */
export interface StoredBootReference {
	readonly application: string;
	readonly class: string;
	readonly version: string;
	readonly at: Instant;
	/** As `writeBootReference` writes it. */
	readonly text: string;
}

/** The security floor that a TPM counts, as it said last, and where its counter began. */
export interface StoredFloor {
	readonly part: string;
	/** The device that showed it. */
	readonly application: string;
	readonly device: string;
	readonly floor: number;
	readonly origin: bigint;
	readonly at: Instant;
}

/** What a device last said that it runs. */
export interface RunningSoftware {
	readonly application: string;
	readonly device: string;
	/** Of its application; null when it does not say. */
	readonly version: string | null;
	/** Of the Keyward agent; null when it does not say. */
	readonly agent: string | null;
	/** When it first said so. */
	readonly at: Instant;
}

/** Advisories, bills of materials and what devices run. Each call is one commit, durable when it resolves; lists are oldest first. */
export interface UpdateStore {
	/** Looks at what is known within the commit, so that an older document never replaces a later one. */
	putDocument(document: StoredDocument): Promise<DocumentOutcome>;
	documents(): Promise<StoredDocument[]>;
	/** Replaces the bill of the same version. */
	putBill(bill: StoredBill): Promise<void>;
	bills(): Promise<StoredBill[]>;
	/** Replaces those of the same version. */
	putBootReference(reference: StoredBootReference): Promise<void>;
	/** Of an application's device class, or of all. */
	bootReferences(application?: string, className?: string): Promise<StoredBootReference[]>;
	/** Replaces that of the same part. */
	putCountedFloor(floor: StoredFloor): Promise<void>;
	/** By the part; null before it showed one. */
	countedFloor(part: string): Promise<StoredFloor | null>;
	/** The part is commissioned again, and its next floor is the first that is seen. */
	forgetCountedFloor(part: string): Promise<void>;
	/** What this device showed, by each of its parts. */
	countedFloors(device: PrincipalName): Promise<StoredFloor[]>;
	/** Replaces what the same devices said before. */
	putSoftware(software: readonly RunningSoftware[]): Promise<void>;
	/** Of an application, or of all. */
	software(application?: string): Promise<RunningSoftware[]>;
}
