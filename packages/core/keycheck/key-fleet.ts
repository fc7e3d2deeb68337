import type { FoundKey, Holding } from './found-key.ts';
import { keyHash } from './fingerprint.ts';
import type { KeyMaterial } from './material.ts';
import { readPublicKey } from './public-key-value.ts';

/** All keys found, each once, with their places: some 2 KB for each RSA-2048 key under a certificate. */
export class KeyFleet {
	readonly #keys = new Map<string, FoundKey & { readonly holdings: Holding[] }>();

	add({ spki, at, privateFound, certificate, names, subject = '' }: Omit<KeyMaterial, 'kind'>): void {
		const hash = keyHash(spki);
		const known = this.#keys.get(hash);
		const holding = { at, privateFound, certificate, names, subject };
		if (known === undefined) this.#keys.set(hash, { hash, value: readPublicKey(spki), holdings: [holding] });
		else {
			known.holdings.push(holding);
			// A key written out with its curve's numbers is reported as that, beside whatever form it was first found in.
			const value = readPublicKey(spki);
			if (known.value.kind === 'other' || (value.kind === 'curve' && value.curve === null))
				this.#keys.set(hash, { ...known, value });
		}
	}

	/** In the order of their first place. */
	keys(): readonly FoundKey[] {
		return [...this.#keys.values()];
	}
}
