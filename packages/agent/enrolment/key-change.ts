import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { readIdentityRecord, settleCertificate } from '../identity/identity.ts';
import { destroySuperseded } from './rekey.ts';

export interface KeyChangeOptions {
	readonly folder: string;
	/** Name of the key that the link began with. */
	readonly key: string;
	/** Ends the link and starts another, which opens the identity again. */
	readonly replaceLink: () => Promise<void>;
	/** The link uses the new key, and the old one is destroyed. */
	readonly onChanged: () => void;
	readonly onFailure: (problem: Problem) => void;
}

/** How soon an agent notices that its device was re-keyed beside it. */
const LOOK_EVERY: Milliseconds = seconds(1);

/**
 * What a running agent does when its device gets a new key (`rekey`): its link changes over, and the old key is destroyed once
 * the new one was used.
 */
export class KeyChange {
	readonly #options: KeyChangeOptions;
	#key: string;
	/** The site was reached with `#key`. */
	#used = false;
	#told = '';

	constructor(options: KeyChangeOptions) {
		this.#options = options;
		this.#key = options.key;
	}

	/** To be called whenever the link has connected. */
	connected(): void {
		this.#used = true;
	}

	/** Looks again and again until stopped. */
	async follow(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			try {
				await this.#look();
				this.#told = '';
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
				// A token that is away: the old key is destroyed when it is back.
				if (this.#told !== error.code) this.#options.onFailure(error);
				this.#told = error.code;
			}
			await sleep(LOOK_EVERY, undefined, { signal }).catch(() => {});
		}
	}

	async #look(): Promise<void> {
		const { folder, replaceLink, onChanged } = this.#options;
		const record = await readIdentityRecord(folder);
		if (record?.superseded === undefined) return;
		if (record.key !== this.#key) {
			await settleCertificate(folder);
			this.#key = record.key;
			this.#used = false;
			await replaceLink();
		} else if (this.#used) {
			await destroySuperseded(folder);
			onChanged();
		}
	}
}
