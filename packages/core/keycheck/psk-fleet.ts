import { hash } from 'node:crypto';
import type { Finding } from './finding.ts';
import type { Network, Place, PskMaterial } from './material.ts';
import { Interned, Packed } from './packed.ts';

/** Of a longer secret the rest is kept as its SHA-256: enough to compare. */
export const LONGEST_SECRET = 4096;

/** All PSKs found, one row each: packed, so that a million rows take some 100 MB. */
export class PskFleet {
	readonly #secrets = new Packed();
	readonly #labels = new Packed();
	/** Empty where none is named. */
	readonly #devices = new Packed();
	readonly #files = new Interned();
	readonly #roles = new Interned();
	/** Empty where none is known. */
	readonly #networks = new Interned();

	add({ at, secret, device, role, network }: Omit<PskMaterial, 'kind'>): void {
		this.#secrets.push(secret.length <= LONGEST_SECRET ? secret : shorten(secret));
		this.#labels.pushText(at.label);
		this.#devices.pushText(device ?? '');
		this.#files.push(at.file);
		this.#roles.push(role);
		this.#networks.push(network === undefined ? '' : JSON.stringify(network));
	}

	get size(): number {
		return this.#secrets.count;
	}

	/** A view. */
	secret(row: number): Buffer {
		return this.#secrets.at(row);
	}

	secretLength(row: number): number {
		return this.#secrets.lengthAt(row);
	}

	/** Puts a secret at the start of `into`; gives its length. */
	copySecret(row: number, into: Uint8Array): number {
		return this.#secrets.copy(row, into);
	}

	deviceLength(row: number): number {
		return this.#devices.lengthAt(row);
	}

	/** Puts the device's name in UTF-8 at the start of `into`; gives its length, 0 for none. */
	copyDevice(row: number, into: Uint8Array): number {
		return this.#devices.copy(row, into);
	}

	device(row: number): string | null {
		return this.#devices.at(row).toString() || null;
	}

	role(row: number): string {
		return this.#roles.at(row);
	}

	network(row: number): Network | null {
		const written = this.#networks.at(row);
		return written === '' ? null : (JSON.parse(written) as Network);
	}

	/** Of a row that exists. */
	place(row: number): Place {
		return { file: this.file(row), label: this.#labels.at(row).toString() };
	}

	file(row: number): string {
		return this.#files.at(row);
	}

	/** The device that holds the secret, in one spelling; null where the place names none, or the secret itself as its name. */
	holder(row: number): string | null {
		const name = plainId(this.device(row) ?? '');
		const secret = this.#secrets.at(row);
		if (name.length === 2 * secret.length && name === Buffer.from(secret).toString('hex')) return null;
		return name || null;
	}
}

const shorten = (secret: Uint8Array): Uint8Array => {
	const kept = secret.slice(0, LONGEST_SECRET);
	kept.set(hash('sha256', secret, 'buffer'), LONGEST_SECRET - 32);
	return kept;
};

/**
 * An id without the marks of hex, separators and case that differ from one export to the next. An IPv4 address keeps its dots:
 * without them 10.1.11.1 and 10.11.1.1 were one.
 */
export const plainId = (device: string): string =>
	/^\d{1,3}(\.\d{1,3}){3}$/.test(device)
		? device
		: device
				.replace(/^(\\x|0x)(?=[0-9a-f]+$)/i, '')
				.replaceAll(/[\s:._-]/g, '')
				.toLowerCase();

/** A finding about rows of a fleet. */
export interface PskFinding extends Omit<Finding, 'members'> {
	readonly rows: readonly number[];
}

/** What a check is given: `open` is false for rows that a stronger check has explained. */
export interface PskView {
	readonly fleet: PskFleet;
	readonly open: (row: number) => boolean;
	/** Told now and then how many rows of `of` are done. */
	readonly progress: (done: number, of: number) => void;
}

export type PskCheck = (view: PskView) => PskFinding[];
