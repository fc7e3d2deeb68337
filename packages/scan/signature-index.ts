import { hash } from 'node:crypto';
import type { Place } from '@keyward/core/keycheck';
import type { ScannedCertificate } from './key/certificate.ts';
import type { Give } from './content/content.ts';
import { ecdsaOf, type EcdsaSignature } from './key/signed.ts';

/** Issuers that are remembered, and signatures that wait for theirs: some 100 MB at most. */
const MOST_ISSUERS = 20_000;
const MOST_WAITING = 200_000;

interface Issuer {
	readonly spki: Uint8Array;
	readonly keyId: string | null;
}

interface Waiting {
	readonly at: Place;
	readonly signature: EcdsaSignature;
	readonly keyId: string | null;
}

const EC = Buffer.from('06072a8648ce3d0201', 'hex');
const isEc = (spki: Uint8Array): boolean =>
	Buffer.from(spki.buffer, spki.byteOffset, Math.min(64, spki.length)).includes(EC);

/**
 * Brings ECDSA signatures on certificates together with their signers' keys, whichever comes first. An issuer is found by
 * its name and key identifier and the signature is not verified: a key that is recovered from two of them is its own proof,
 * and a wrong signer proves nothing.
 */
export const signatureIndex = (give: Give) => {
	const issuers = new Map<string, Issuer[]>();
	const waiting = new Map<string, Waiting[]>();
	let known = 0;
	let held = 0;
	let dropped = 0;
	const nameOf = (name: Uint8Array): string => hash('sha256', name, 'base64');
	const fits = (issuer: Issuer, keyId: string | null): boolean =>
		issuer.keyId === null || keyId === null || issuer.keyId === keyId;
	const emit = (at: Place, spki: Uint8Array, { digest, r, s }: EcdsaSignature): void =>
		give({ kind: 'signature', at, spki, digest, r, s });

	const addIssuer = ({ subjectName, spki, subjectKeyId }: ScannedCertificate): void => {
		const name = nameOf(subjectName);
		const list = issuers.get(name) ?? [];
		if (known >= MOST_ISSUERS || list.some((one) => Buffer.compare(one.spki, spki) === 0)) return;
		known++;
		const issuer = { spki: new Uint8Array(spki), keyId: subjectKeyId };
		issuers.set(name, [...list, issuer]);
		const left = (waiting.get(name) ?? []).filter(({ at, signature, keyId }) => {
			if (!fits(issuer, keyId)) return true;
			emit(at, issuer.spki, signature);
			held--;
			return false;
		});
		if (left.length > 0) waiting.set(name, left);
		else waiting.delete(name);
	};
	return {
		certificate(at: Place, certificate: ScannedCertificate): void {
			if (certificate.mayIssue && isEc(certificate.spki)) addIssuer(certificate);
			const signature = ecdsaOf(certificate);
			if (signature === null) return;
			if (certificate.facts?.selfSigned === true) return emit(at, certificate.spki, signature);
			const name = nameOf(certificate.issuerName);
			const keyId = certificate.authorityKeyId;
			const found = (issuers.get(name) ?? []).filter((issuer) => fits(issuer, keyId));
			for (const { spki } of found) emit(at, spki, signature);
			if (found.length > 0) return;
			if (held >= MOST_WAITING) {
				dropped++;
				return;
			}
			held++;
			const list = waiting.get(name);
			if (list === undefined) waiting.set(name, [{ at, signature, keyId }]);
			else list.push({ at, signature, keyId });
		},
		request(at: Place, spki: Uint8Array, signature: EcdsaSignature): void {
			emit(at, spki, signature);
		},
		/** Signatures that were let go because too many waited for their issuer's certificate. */
		dropped: (): number => dropped,
	};
};
