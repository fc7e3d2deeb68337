import { Problem } from '@keyward/core';
import { type LifeEvent, type LifeState, nextState } from '@keyward/core/device';
import type {
	Clock,
	IssuedCertificate,
	Principal,
	PrincipalName,
	RevocationCause,
	RevokedCertificate,
	Store,
} from '@keyward/core/port';
import type { createTurns } from './turns.ts';

/** How devices and readers that were admitted are moved on, kept out, and sent away (`lifecycle`). */
export interface Standing {
	/**
	 * Revokes every certificate of a device or reader and retires it. Takes its turn with enrolments, so that none under way
	 * brings it back. Gives how many were revoked; what is live has to be judged again then.
	 */
	revoke(name: PrincipalName, reason: string, cause?: RevocationCause): Promise<number>;
	/** Keeps it out until it is released; nothing is revoked. Throws `Problem('device-state')`. */
	quarantine(name: PrincipalName): Promise<void>;
	/** Throws `Problem('device-state')` when it is not quarantined. */
	release(name: PrincipalName): Promise<void>;
	/** Revokes every certificate, because it belongs elsewhere now. Gives how many. Throws `Problem('device-state')`. */
	transfer(name: PrincipalName, reason: string): Promise<number>;
	/**
	 * It was here with this certificate. One that was re-keyed has shown that it holds the new key: certificates for its
	 * older keys are revoked as superseded, so that a copy of an old key ends with it. Gives how many.
	 */
	connected(certificate: IssuedCertificate): Promise<number>;
}

export interface StandingOptions {
	readonly store: Store;
	readonly clock: Clock;
	readonly inTurn: ReturnType<typeof createTurns>;
	/** Told after a revocation became durable. */
	readonly onRevoked?: ((certificate: RevokedCertificate) => void) | undefined;
}

export const createStanding = ({ store, clock, inTurn, onRevoked }: StandingOptions): Standing => {
	const revokeThose = async (
		name: PrincipalName,
		which: (certificate: IssuedCertificate) => boolean,
		cause: RevocationCause,
		reason: string,
	): Promise<number> => {
		const good = (await store.certificates(name)).filter((each) => each.revoked === null && which(each));
		const revoked = { at: clock.now(), cause, reason };
		for (const certificate of good) {
			await store.revoke(certificate.fingerprint, revoked);
			onRevoked?.({ ...certificate, revoked });
		}
		return good.length;
	};

	/** Moves it as the lifecycle allows, or throws. */
	const move = async (name: PrincipalName, event: LifeEvent): Promise<void> => {
		const known = await mustKnow(store, name);
		await store.setState(name, requireNext(known, event), clock.now());
	};

	return {
		revoke: (name, reason, cause = 'unspecified') =>
			inTurn(async () => {
				const known = await mustKnow(store, name);
				// First the state: a crash between the two leaves it out, and the same call again revokes the rest.
				if (known.state !== 'retired') await store.setState(name, requireNext(known, 'retire'), clock.now());
				return revokeThose(name, () => true, cause, reason);
			}),

		quarantine: (name) => inTurn(() => move(name, 'quarantine')),
		release: (name) => inTurn(() => move(name, 'release')),

		transfer: (name, reason) =>
			inTurn(async () => {
				const known = await mustKnow(store, name);
				if (known.state !== 'transferred') await store.setState(name, requireNext(known, 'transfer'), clock.now());
				return revokeThose(name, () => true, 'affiliationChanged', reason);
			}),

		connected: (certificate) =>
			inTurn(async () => {
				const name = certificate.principal;
				const known = await store.principal(name);
				const next = known === null ? null : nextState(known.state, 'connect');
				if (known === null || next === null) return 0;
				if (known.state === 're-keyed') {
					const newest = (await store.certificates(name)).at(-1);
					// With its old key it has not shown that it has the new one.
					if (newest === undefined || Buffer.compare(newest.key, certificate.key) !== 0) return 0;
				}
				const isOlder = ({ key }: IssuedCertificate): boolean => Buffer.compare(key, certificate.key) !== 0;
				const revoked = await revokeThose(name, isOlder, 'superseded', 'the device has a new key and has used it');
				// Last: cut short, the next connection does it again.
				await store.setState(name, next, clock.now());
				return revoked;
			}),
	};
};

const mustKnow = async (store: Store, name: PrincipalName): Promise<Principal> => {
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
	transfer: 'be transferred',
	retire: 'be retired',
};
