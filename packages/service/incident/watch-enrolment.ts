import { type ErrorCode, Problem } from '@keyward/core';
import { isSamePrincipal } from '@keyward/core/device';
import { tokenHash } from '@keyward/core/enrol';
import { keyThumbprint } from '@keyward/core/format';
import type { AdmissionStore, CertificateStore, PrincipalName } from '@keyward/core/port';
import type { Registrar } from '../enrolment/registrar.ts';
import type { Notices } from '../notice/notices.ts';

/** Refusals that say that the evidence of a key, or of a boot, was not what it must be. */
const ofEvidence: ReadonlySet<ErrorCode> = new Set([
	...(['evidence-missing', 'endorsement-chain', 'endorsement-untrusted', 'endorsement-revoked'] as const),
	...(['part-unexpected', 'attestation-key', 'attestation-signature', 'key-not-attested'] as const),
	...(['boot-log-mismatch', 'boot-not-released', 'key-attributes', 'firmware-denied'] as const),
]);

/** The same registrar, which tells what a refused enrolment may mean of a device that is known by its token or certificate. */
export const watchEnrolment = (
	registrar: Registrar,
	store: Pick<AdmissionStore, 'token'> & Pick<CertificateStore, 'certificate' | 'holders'>,
	notices: Pick<Notices, 'see'>,
): Registrar => {
	/** For people of the site alone: the caller is not told who has the key. */
	const heldBy = async (publicKey: Uint8Array, but: PrincipalName): Promise<string> => {
		const others = (await store.holders(keyThumbprint(publicKey))).filter((one) => !isSamePrincipal(one, but));
		return others.length === 0
			? ''
			: ` Held by ${others.map(({ kind, application, id }) => `${kind} ${application}/${id}`).join(', ')}.`;
	};
	const watched = async <Value>(
		work: Promise<Value>,
		publicKey: Uint8Array,
		who: () => Promise<PrincipalName | null>,
	): Promise<Value> => {
		try {
			return await work;
		} catch (error) {
			if (error instanceof Problem) {
				const detector =
					error.code === 'key-seen-before' ? 'key-seen-twice' : ofEvidence.has(error.code) ? 'attestation' : null;
				const of = detector === null ? null : await who();
				if (detector !== null && of !== null) {
					const held = detector === 'key-seen-twice' ? await heldBy(publicKey, of) : '';
					notices.see(detector, of, `${error.code}: ${error.detail}${held}`);
				}
			}
			throw error;
		}
	};
	return {
		...registrar,
		enrol: (request, token, on) =>
			watched(registrar.enrol(request, token, on), request.publicKey, async () => {
				return (await store.token(tokenHash(token)))?.principal ?? null;
			}),
		renew: (request, fingerprint, on) =>
			watched(registrar.renew(request, fingerprint, on), request.publicKey, async () => {
				const bytes = Uint8Array.from(Buffer.from(fingerprint, 'hex'));
				return (await store.certificate(bytes))?.principal ?? null;
			}),
	};
};
