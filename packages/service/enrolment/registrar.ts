import type { AttestationTrust } from '@keyward/core/attest';
import type { PublishedKeys } from '@keyward/core/keycheck';
import type { Refusal } from '@keyward/core';
import type { StatusAddresses } from '@keyward/core/enrol';
import type { CertificateView } from '@keyward/core/format';
import type {
	AdmissionStore,
	CertificateStore,
	FactStore,
	IssuedCertificate,
	PartStore,
	PrincipalName,
	PrincipalStore,
	RevokedCertificate,
	SigningAlgorithm,
	UpdateStore,
} from '@keyward/core/port';
import { type Adoption, createAdoption } from './adoption.ts';
import { type Attestation, createAttestation } from './attestation.ts';
import { type Clearing, createClearing } from './clearing.ts';
import { type BootAppraisal, type BootAppraisalOptions, createBootAppraisal } from './boot.ts';
import { createEnrolment, type Enrolment, type EnrolmentOptions } from './enrol.ts';
import { createFloorAppraisal, type FloorAppraisal } from './floor.ts';
import { createRegistration, type Registration, type RegistrationOptions } from './registration.ts';
import { createIssuance } from './issue.ts';
import { createOpenIntents, type OpenIntents } from './open-intents.ts';
import type { OnRefused } from './enrolment-refusal.ts';
import { type FindKey, findRequestedKey } from './requested-key.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createMutex } from '../thread/mutex.ts';

/** How devices and readers come in and stay in. One of these to a site: it is what keeps two enrolments from racing for one key. */
export interface Registrar
	extends Registration, Enrolment, Adoption, Attestation, BootAppraisal, FloorAppraisal, Clearing, Lifecycle {
	/**
	 * Finishes or gives up what a crash, or a CA's key that was away, left between intent and issue. What needs a key that is
	 * still away stays for the next call.
	 */
	recover(): Promise<{ issued: number; abandoned: number }>;
}

export interface RegistrarOptions extends RegistrationOptions {
	readonly store: PrincipalStore & AdmissionStore & CertificateStore & FactStore & PartStore & UpdateStore;
	/** Keys whose private half is public: nobody is admitted with one. */
	readonly published: PublishedKeys;
	/** Whom the site believes about parts; nobody by default. */
	readonly trust?: AttestationTrust;
	/** The one kind of key that an exercise leaves this device; null, and where it is left out: any. */
	readonly kindOf?: (device: PrincipalName) => Promise<SigningAlgorithm | null>;
	/** Told after a certificate became durable and before it is answered; the findings are what mode `audit` let through. */
	readonly onIssued?: (certificate: IssuedCertificate, findings: readonly Refusal[]) => void;
	/** Told of a device that was expected and comes in now. */
	readonly onJoining?: EnrolmentOptions['onJoining'];
	readonly onRefused?: OnRefused;
	/** Told after a revocation became durable. */
	readonly onRevoked?: (certificate: RevokedCertificate) => void;
	/** Keeps a device out that started what nobody has released; by itself it is quarantined, and what is live goes on. */
	readonly quarantine?: BootAppraisalOptions['quarantine'];
	/** Where certificates by this CA say that their status is told; undefined when it is not. */
	readonly statusAt?: (issuer: CertificateView) => StatusAddresses | undefined;
}

export const createRegistrar = (options: RegistrarOptions): Registrar => {
	const { store, authority, clock, entropy, policyOf, published, onIssued, onRevoked, statusAt, onJoining } = options;
	const { onRefused = () => {} } = options;
	const { trust = { manufacturers: [], revoked: new Set(), deniedFirmware: [] } } = options;
	const issuerCounts = (certificate: IssuedCertificate | null): boolean =>
		certificate !== null && authority.counts(certificate.principal.application, certificate.der);
	const { take, takeChallenge, ...attesting } = createAttestation({
		store,
		clock,
		entropy,
		trust,
		policyOf,
		issuerCounts,
		onRefused,
	});
	const inTurn = createMutex();

	const lifecycle = createLifecycle({ store, clock, inTurn, onRevoked });
	const issuance = createIssuance({
		...{ store, authority, clock, entropy, policyOf, trust },
		...(onIssued !== undefined && { onIssued }),
		...(statusAt !== undefined && { statusAt }),
		onNotSigned: () => intents.notSigned(),
	});

	const requestedKey: FindKey = (publicKey, name, appraised) =>
		findRequestedKey(store, trust, publicKey, name, appraised);
	const known = { store, clock, published, policyOf, issuerCounts, requestedKey };
	const intents: OpenIntents = createOpenIntents({ ...known, authority, issuance });

	const { kindOf = async () => null, quarantine = (device: PrincipalName) => lifecycle.quarantine(device) } = options;
	const challenges = { takeChallenge };

	return {
		...createRegistration(options),
		...createBootAppraisal({ challenges, store, clock, trust, policyOf, quarantine }),
		...createFloorAppraisal({ challenges, store, clock, trust }),
		...createAdoption({ store, authority, clock, entropy, trust, published, policyOf, inTurn, onJoining }),
		...createClearing({ challenges, store, clock, entropy, trust }),
		...attesting,
		...lifecycle,

		...createEnrolment({
			...{ ...known, take, intents, issuance, inTurn, kindOf, onRefused },
			...(onJoining !== undefined && { onJoining }),
		}),

		recover: () =>
			inTurn(async () => {
				await lifecycle.finishEnds();
				return intents.recover();
			}),
	};
};
