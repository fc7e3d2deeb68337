import type { MadePart } from '../port/part-store.ts';
import { Problem } from '../problem/problem.ts';
import { days } from '../units/milliseconds.ts';
import { manifestEntries } from './manifest-text.ts';
import { type ManifestSigner, readManifestSigner, readSignedElement } from './signed-element.ts';
import type { Manufacturer, TrustAt } from './trust.ts';

/** A manufacturer's manifest, verified whole. */
export interface Manifest {
	/** SHA-256 of the certificate of who signed it, lower-case hex. */
	readonly signer: string;
	readonly parts: readonly MadePart[];
}

/** A warehouse, not a box. */
const MOST_PARTS = 100_000;

/** How far a manufacturer's clock may be ahead of ours. */
const AHEAD = days(1);

/**
 * Reads a manufacturer's manifest (Microchip, Trust Platform Manifest File Format, section 2) as its file's bytes come, and gives nothing
 * of it before every entry was verified: in some 0.2 ms each. Throws `Problem('manifest-malformed')`, `Problem('manifest-signature')`,
 * `Problem('endorsement-expired')` and `Problem('endorsement-revoked')`, with the number of the entry.
 */
export const readManifest = (chunks: Iterable<Uint8Array>, manufacturer: Manufacturer, at: TrustAt): Manifest => {
	const signers = (manufacturer.manifestSigners ?? []).map(readManifestSigner);
	const parts: MadePart[] = [];
	const seen = new Set<string>();
	let by: ManifestSigner | null = null;
	for (const text of manifestEntries(chunks)) {
		const entry = parts.length + 1;
		if (entry > MOST_PARTS) throw malformed(`It has more than ${MOST_PARTS} entries: import it in several files.`);
		const { part, keys, provisioned, signer, statement } = readSignedElement(text, entry, signers);
		if (by === null) refuseTakenBack(signer, at);
		else if (signer !== by) throw malformed(`Entry ${entry} is by another signer than those before: make two files.`);
		by = signer;
		judgeTime(provisioned, signer, entry, at);
		// One key in two parts is a copied key; one part in two entries is a file that was put together by somebody.
		for (const one of [part, ...keys.map(({ key }) => Buffer.from(key).toString('hex'))]) {
			if (seen.has(one)) throw malformed(`Entry ${entry} repeats ${one === part ? part : 'a key'}.`);
			seen.add(one);
		}
		parts.push({ part, keys, ...(statement !== undefined && { statement }) });
	}
	if (by === null) throw malformed('It has no entry.');
	return { signer: by.fingerprint, parts };
};

/** RFC 5280 §6.1.3 (a)(3): who has its key could add parts of anybody's making. */
const refuseTakenBack = ({ fingerprint, identities }: ManifestSigner, { trust }: TrustAt): void => {
	if ([fingerprint, ...identities].some((one) => trust.revoked.has(one))) {
		throw new Problem('endorsement-revoked', `The site believes this manifest's signer ${fingerprint} no more.`);
	}
};

/**
 * RFC 5280 §6.1.3 (a)(2): a signer's key that is no longer guarded must not vouch for parts of after its end. A manifest is good
 * for as long as its parts are, so its signer's end before today is none of this.
 */
const judgeTime = (provisioned: number, { notAfter }: ManifestSigner, entry: number, { now }: TrustAt): void => {
	if (provisioned > now + AHEAD) throw malformed(`Entry ${entry} is of a part that will be provisioned in the future.`);
	if (provisioned > notAfter) {
		throw new Problem(
			'endorsement-expired',
			`Entry ${entry} is of a part that was provisioned after its signer's certificate had ended: ask the manufacturer.`,
		);
	}
};

const malformed = (detail: string): Problem => new Problem('manifest-malformed', detail);
