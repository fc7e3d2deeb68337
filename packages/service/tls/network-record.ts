import { hash } from 'node:crypto';
import { days, type Instant, type Milliseconds, minutes } from '@keyward/core';
import type { CertificateStore, Clock, NetworkStore, RevokedCertificate } from '@keyward/core/port';
import type { KnownAtStart, ProvedNetwork, RevokedFingerprint } from '../thread/proved-network.ts';
import { createKnownNetworks } from './known-networks.ts';

/** An address may be a person's: it is kept no longer without a device that came from it. */
const KEEP: Milliseconds = days(30);
const DAY: Milliseconds = days(1);
/** All of them are written together, where anything is new: what a crash loses is known again when its device comes back. */
const WRITE_EVERY: Milliseconds = minutes(10);

/** Networks from which devices came, for the threads that listen, and over restarts of the service. */
export interface NetworkRecord {
	atStart(): Promise<KnownAtStart>;
	/** News of a thread. */
	came(networks: readonly ProvedNetwork[]): void;
	/** A certificate that was revoked counts no more. */
	revoked(certificate: Pick<RevokedCertificate, 'der' | 'notAfter'>): void;
	/** Told of each revocation. */
	onRevoked(listener: (certificate: RevokedFingerprint) => void): void;
	/** Writes what is left. */
	stop(): Promise<void>;
}

export interface NetworkRecordOptions {
	readonly store: NetworkStore & Pick<CertificateStore, 'certificate' | 'revoked'>;
	readonly applications: () => readonly string[];
	readonly clock: Clock;
	readonly report: (error: unknown) => void;
}

const fingerprintOf = ({ der }: { readonly der: Uint8Array }): string => hash('sha256', der, 'hex');

export const openNetworkRecord = async (options: NetworkRecordOptions): Promise<NetworkRecord> => {
	const { store, applications, clock, report } = options;
	const known = createKnownNetworks();
	const seen = new Map<string, { readonly certificate: string; readonly day: Instant }>();
	let isNew = false;
	let tell: (certificate: RevokedFingerprint) => void = () => {};

	const today = (): Instant => Math.floor(clock.now() / DAY) * DAY;

	/** Fails closed: what names no good certificate of this site makes nothing known. */
	const isGood = async (certificate: string): Promise<boolean> => {
		const found = await store.certificate(Uint8Array.from(Buffer.from(certificate, 'hex')));
		return found !== null && found.revoked === null && found.notAfter > clock.now();
	};

	const [kept, judged] = [await store.networks(), new Map<string, boolean>()];
	for (const { network, certificate, day } of kept) {
		// A day to come is of a clock that was set: it would be kept too long.
		if (day <= clock.now() - KEEP || day > clock.now()) continue;
		const good = judged.get(certificate) ?? (await isGood(certificate));
		judged.set(certificate, good);
		if (!good) continue;
		known.add(network, certificate);
		seen.set(network, { certificate, day });
	}
	isNew = seen.size < kept.length;

	const write = async (): Promise<void> => {
		const now = clock.now();
		for (const [network, { day }] of seen) {
			if (day > now - KEEP && known.has(network)) continue;
			known.forget(network);
			seen.delete(network);
			isNew = true;
		}
		if (!isNew) return;
		isNew = false;
		const rows = Array.from(known.entries(), ([network, certificate]) => ({
			...{ network, certificate, day: seen.get(network)?.day ?? today() },
		}));
		await store.keepNetworks(rows).catch((error: unknown) => {
			isNew = true;
			report(error);
		});
	};
	let writing: Promise<void> = Promise.resolve();
	const writeInTurn = (): Promise<void> => (writing = writing.then(write));
	const timer = setInterval(() => void writeInTurn().catch(report), WRITE_EVERY);

	return {
		atStart: async () => {
			const revoked: RevokedFingerprint[] = [];
			for (const application of applications())
				for (const one of await store.revoked(application, clock.now()))
					revoked.push([fingerprintOf(one), one.notAfter]);
			return { networks: [...known.entries()], revoked };
		},
		came: (networks) => {
			for (const [network, certificate] of networks) {
				const before = seen.get(network);
				const day = today();
				if (before?.certificate !== certificate || before.day !== day) isNew = true;
				known.add(network, certificate);
				seen.set(network, { certificate, day });
			}
		},
		revoked: (certificate) => {
			const fingerprint = fingerprintOf(certificate);
			known.forgetBy(fingerprint);
			isNew = true;
			tell([fingerprint, certificate.notAfter]);
		},
		onRevoked: (listener) => {
			tell = listener;
		},
		stop: async () => {
			clearInterval(timer);
			await writeInTurn();
		},
	};
};
