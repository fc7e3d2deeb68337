import { hash } from 'node:crypto';
import type { Instant } from '@keyward/core';
import { certificateStatus, OCSP_LIFETIME, ocspResponderCertificate } from '@keyward/core/enrol';
import {
	assembleOcsp,
	type CertId,
	type CertificateView,
	freezeOcsp,
	type OcspAnswer,
	ocspFailure,
	type OcspRequest,
	publicKeyHash,
} from '@keyward/core/format';
import type { Clock, Entropy, CertificateStore } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';
import type { StatusAuthority } from './status-authority.ts';
import { certify } from '../authority/certified-key.ts';
import { caName } from './status-addresses.ts';

/** An OCSPResponse, DER. */
export interface OcspReply {
	readonly response: Uint8Array;
	/** Until when it may be kept; null when it must not be. */
	readonly until: Instant | null;
}

export interface OcspResponderOptions {
	readonly authorities: () => readonly StatusAuthority[];
	readonly store: Pick<CertificateStore, 'certificateBySerial'>;
	readonly clock: Clock;
	readonly entropy: Entropy;
}

/**
 * Answers OCSP (RFC 6960) for every issuing CA from the registry as it is at this moment. It signs with its own key that
 * each CA certifies for a day (§4.2.2.2): strangers who ask never make a CA's key work, nor choose bytes that it signs.
 */
export const createOcspResponder = (options: OcspResponderOptions): ((request: OcspRequest) => Promise<OcspReply>) => {
	const { authorities, store, clock, entropy } = options;
	const key = makeEphemeralKey();
	const certificates = new Map<string, CertificateView>();

	const certificateBy = async ({ certificate: issuer, signer }: StatusAuthority): Promise<CertificateView> => {
		const kept = certificates.get(caName(issuer));
		const now = clock.now();
		if (kept !== undefined && kept.notBefore <= now && now < (kept.notBefore + kept.notAfter) / 2) return kept;
		try {
			const content = ocspResponderCertificate(issuer, { publicKey: key.publicKey, now, entropy });
			const fresh = await certify(content, signer);
			certificates.set(caName(issuer), fresh);
			return fresh;
		} catch (error) {
			// A CA whose key is away for a while is answered for as long as it said.
			if (kept !== undefined && now < kept.notAfter) return kept;
			throw error;
		}
	};

	return async ({ certificates: asked, nonce }) => {
		// One CA, as one signature speaks for one (§4.2.2.2); for the site root's few there is its list.
		const issuer = authorities().find(
			(authority) => authority.application !== null && asked.every((id) => isOf(id, authority.certificate)),
		);
		if (issuer === undefined) return { response: ocspFailure('unauthorized'), until: null };
		const responder = await certificateBy(issuer);
		const now = Math.floor(clock.now() / 1000) * 1000;
		const answers: OcspAnswer[] = [];
		for (const { der, serial } of asked) {
			const certificate = certificateStatus(await store.certificateBySerial(serial), issuer.certificate);
			answers.push({ id: der, certificate, thisUpdate: now, nextUpdate: now + OCSP_LIFETIME });
		}
		const data = freezeOcsp({ producedAt: now, answers, nonce }, key.publicKey);
		const response = assembleOcsp(data, key.publicKey, await key.sign(data), responder.der);
		return { response, until: nonce === null ? now + OCSP_LIFETIME : null };
	};
};

const isOf = (id: CertId, { subjectName, publicKey }: CertificateView): boolean =>
	id.hash !== null &&
	Buffer.compare(id.issuerName, hash(id.hash, subjectName, 'buffer')) === 0 &&
	Buffer.compare(id.issuerKey, publicKeyHash(id.hash, publicKey)) === 0;
