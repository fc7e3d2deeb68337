import { type Instant, Problem } from '@keyward/core';
import { type LifeEvent, type LifeState, mayUseCertificate, nextState } from '@keyward/core/device';
import type { Expectation } from '@keyward/core/enrol';
import type { Fact } from '@keyward/core/policy';
import type {
	CertificateStore,
	Clock,
	IssuedCertificate,
	Principal,
	PrincipalName,
	PrincipalStore,
	RevocationCause,
	RevokedCertificate,
} from '@keyward/core/port';
import { createMutex } from '../thread/mutex.ts';

/** How devices and readers that were admitted are moved on, kept out, and sent away (`lifecycle`). */
export interface Lifecycle {
	/**
	 * Revokes every certificate of a device or reader and retires it, in one commit. Waits for no enrolment: one under way is
	 * refused when it would be recorded. Gives how many were revoked; what is live has to be judged again then. `known` gives what is
	 * recorded of its end, of the same moment.
	 */
	revoke(
		name: PrincipalName,
		reason: string,
		cause?: RevocationCause,
		known?: (at: Instant) => readonly Fact[],
	): Promise<number>;
	/** Keeps it out until it is released; nothing is revoked, and no enrolment is waited for. Throws `Problem('device-state')`. */
	quarantine(name: PrincipalName): Promise<void>;
	/** Throws `Problem('device-state')` when it is not quarantined. */
	release(name: PrincipalName): Promise<void>;
	/**
	 * Revokes every certificate, because it belongs elsewhere now, and expects it there, in one commit. Gives how many were
	 * revoked. Throws `Problem('device-state')`, and `device-exists` where it cannot be expected.
	 */
	transfer(name: PrincipalName, to: Pick<Expectation, 'principal' | 'token'>, reason: string): Promise<number>;
	/**
	 * It was here with this certificate. When it is for its newest key, it has shown that it holds that one: certificates for its
	 * older keys are revoked as superseded, in whatever state, so that a copy of an old key ends with it. Gives how many.
	 */
	connected(certificate: IssuedCertificate): Promise<number>;
	/** Revokes what an end that an older version was cut short in has left good. Gives how many. */
	finishEnds(): Promise<number>;
}

export interface LifecycleOptions {
	readonly store: PrincipalStore & Pick<CertificateStore, 'certificates' | 'revoke'>;
	readonly clock: Clock;
	/** The turns of enrolments. */
	readonly inTurn: ReturnType<typeof createMutex>;
	/** Told after a revocation became durable. */
	readonly onRevoked?: ((certificate: RevokedCertificate) => void) | undefined;
}

export const createLifecycle = ({ store, clock, inTurn, onRevoked }: LifecycleOptions): Lifecycle => {
	/** One change after another; none of them waits for a signature. */
	const inOrder = createMutex();
	const tell = (revoked: readonly RevokedCertificate[]): number => {
		for (const certificate of revoked) onRevoked?.(certificate);
		return revoked.length;
	};

	/** Moves it as the lifecycle allows, or throws. Where another moved it meanwhile, from where it is then. */
	const move = async (name: PrincipalName, event: LifeEvent, tries = 3): Promise<void> => {
		const known = await mustKnow(store, name);
		await store.setState(name, known.state, requireNext(known, event), clock.now()).catch((error: unknown) => {
			if (!(error instanceof Problem) || error.code !== 'changed-meanwhile' || tries <= 1) throw error;
			return move(name, event, tries - 1);
		});
	};

	return {
		revoke: (name, reason, cause = 'unspecified', known = () => []) =>
			inOrder(async () => {
				const at = clock.now();
				return tell(await store.retire(name, { at, cause, reason }, known(at)));
			}),

		quarantine: (name) => inOrder(() => move(name, 'quarantine')),
		release: (name) => inOrder(() => move(name, 'release')),

		transfer: (name, to, reason) =>
			inOrder(async () =>
				tell(await store.transfer(name, to, { at: clock.now(), cause: 'affiliationChanged', reason })),
			),

		connected: (certificate) =>
			inTurn(async () => {
				const { principal: name, key } = certificate;
				const newest = (await store.certificates(name)).findLast(({ revoked }) => revoked === null);
				// With its old key it has not shown that it has the new one.
				if (newest === undefined || Buffer.compare(newest.key, key) !== 0) return 0;
				const reason = 'the device has a new key and has used it';
				return tell(await store.supersede(name, key, { at: clock.now(), cause: 'superseded', reason }));
			}),

		finishEnds: async () => {
			let count = 0;
			for (const { state, ...name } of await store.principals()) {
				if (mayUseCertificate(state) || state === 'quarantined') continue;
				const good = (await store.certificates(name)).filter(({ revoked }) => revoked === null);
				for (const certificate of good) {
					const reason = 'it was ended, and that was cut short';
					const revoked = { at: clock.now(), cause: 'unspecified', reason } as const;
					await store.revoke(certificate.fingerprint, revoked);
					count += tell([{ ...certificate, revoked }]);
				}
			}
			return count;
		},
	};
};

const mustKnow = async (store: PrincipalStore, name: PrincipalName): Promise<Principal> => {
	const known = await store.principal(name);
	if (known !== null) return known;
	throw new Problem(`${name.kind}-unknown`, `There is no ${name.kind} ${name.id} in ${name.application}.`);
};

const requireNext = ({ kind, id, state }: Principal, event: LifeEvent): LifeState => {
	const next = nextState(state, event);
	if (next !== null) return next;
	throw new Problem('device-state', `The ${kind} ${id} is ${state}: it cannot ${words[event] ?? event} from there.`);
};

const words: Partial<Record<LifeEvent, string>> = {
	quarantine: 'be quarantined',
	release: 'be released',
};
