import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Milliseconds, minutes } from '@keyward/core';
import { CRL_LIFETIME, isListed, type ListedCertificate, listedCertificate, revocationList } from '@keyward/core/enrol';
import { assembleCrl, freezeCrl, isCrlOf, readCrl } from '@keyward/core/format';
import type { CertificateStore, Clock, NumberStore, RevokedCertificate } from '@keyward/core/port';
import { writeDurably } from '@keyward/custody';
import type { StatusAuthority } from './status-authority.ts';
import { createMutex } from '../thread/mutex.ts';
import { caName, crlNumbers } from './status-addresses.ts';

/** What everybody may have of a CA. */
export interface PublishedList {
	/** {@link caName} */
	readonly name: string;
	/** The CA's certificate, DER. */
	readonly certificate: Uint8Array;
	/** Its newest CRL, DER. */
	readonly list: Uint8Array;
	readonly number: number;
	readonly thisUpdate: number;
}

/** The CRL of every CA of the site (RFC 5280 §5): the site root's, which lists issuing CAs, and each issuing CA's. */
export interface RevocationLists {
	all(): PublishedList[];
	/** Told of every new list once it is durable. */
	onPublished(listener: (published: PublishedList) => void): void;
	/** A new list of the CA that issued it, within a second, however many come. */
	revoked(certificate: RevokedCertificate): void;
	/** Makes what is missing or growing old: at the start, once a minute, and when there is a new CA. */
	refresh(): Promise<void>;
	stop(): Promise<void>;
}

export interface RevocationListsOptions {
	/** Where each CA's newest list lies. Made when it is not there. */
	readonly folder: string;
	readonly authorities: () => readonly StatusAuthority[];
	/** Issuance CAs that count no more. */
	readonly retired: () => Promise<readonly RevokedCertificate[]>;
	readonly store: Pick<CertificateStore, 'revoked'> & NumberStore;
	readonly clock: Clock;
	readonly report: (error: unknown) => void;
	/** Between a revocation and the list that shows it, so that a hundred at once make one list. */
	readonly gather?: Milliseconds;
}

const GATHER: Milliseconds = 300;
const LOOK_EVERY: Milliseconds = minutes(1);
/** A list is made again long before it ends, so that a night in which none can be made is lived through. */
const RENEW_AFTER: Milliseconds = CRL_LIFETIME / 4;

/**
 * Reads what is revoked and makes every CA's list. A CA that cannot sign now is reported, and tried again; its old list stays
 * until then, and is good until its nextUpdate.
 */
export const openRevocationLists = async (options: RevocationListsOptions): Promise<RevocationLists> => {
	const { folder, authorities, retired, store, clock, report, gather = GATHER } = options;
	const inTurn = createMutex();
	/** By serial; those of every CA. */
	const revoked = new Map<string, ListedCertificate>();
	const published = new Map<string, PublishedList>();
	/** CAs whose list does not say all that is known. */
	const behind = new Set<string>();
	/** Why a CA's list could not be made, as it was reported last. */
	const complaints = new Map<string, string>();
	let tell: (list: PublishedList) => void = () => {};
	let gathering: NodeJS.Timeout | null = null;
	await mkdir(folder, { recursive: true, mode: 0o700 });

	const learn = (certificates: readonly RevokedCertificate[]): void => {
		for (const certificate of certificates) {
			const entry = listedCertificate(certificate);
			if (entry === null || revoked.has(entry.serial)) continue;
			revoked.set(entry.serial, entry);
			behind.add(entry.issuerKey);
		}
	};

	const publish = async ({ certificate, signer }: StatusAuthority): Promise<void> => {
		const name = caName(certificate);
		const path = join(folder, `${name}.crl`);
		behind.delete(name);
		try {
			const now = clock.now();
			// RFC 5280 §5.2.3. The clock, and the list that lies there, count for a database that lost its latest numbers.
			const known = published.has(name) ? 0 : await numberOf(path, certificate.publicKey);
			const taken = await store.takeNumber(crlNumbers(certificate), Math.max(now, known + 1));
			const content = revocationList(certificate, revoked.values(), taken, now);
			const frozen = freezeCrl(content, signer.publicKey);
			const list = assembleCrl(frozen, signer.publicKey, await signer.sign(frozen));
			// On the disk first, so that a start without its database finds it.
			await writeDurably(path, list, 'replace', 0o644);
			const { number, thisUpdate } = content;
			const made: PublishedList = { name, certificate: certificate.der, list, number, thisUpdate };
			published.set(name, made);
			complaints.delete(name);
			tell(made);
		} catch (error) {
			behind.add(name);
			// A token that is away for a week is told of once.
			if (complaints.get(name) !== String(error)) report(error);
			complaints.set(name, String(error));
		}
	};

	const isDue = ({ certificate }: StatusAuthority): boolean => {
		const last = published.get(caName(certificate));
		const now = clock.now();
		return last === undefined || behind.has(caName(certificate)) || Math.abs(now - last.thisUpdate) >= RENEW_AFTER;
	};

	const refresh = (): Promise<void> =>
		inTurn(async () => {
			learn(await retired());
			for (const [serial, entry] of revoked) if (!isListed(entry, clock.now())) revoked.delete(serial);
			for (const authority of authorities().filter(isDue)) await publish(authority);
		});

	const applications = new Set(authorities().flatMap(({ application }) => application ?? []));
	for (const application of applications) learn(await store.revoked(application, clock.now() - CRL_LIFETIME));
	await refresh();
	const looking = setInterval(() => void refresh().catch(report), LOOK_EVERY);
	return {
		all: () => [...published.values()],
		onPublished: (listener) => {
			tell = listener;
		},
		revoked: (certificate) => {
			// It is revoked already, and its caller has others to revoke.
			try {
				learn([certificate]);
			} catch (error) {
				report(error);
			}
			gathering ??= setTimeout(() => {
				gathering = null;
				void refresh().catch(report);
			}, gather);
		},
		refresh,
		stop: async () => {
			clearInterval(looking);
			if (gathering !== null) clearTimeout(gathering);
			await inTurn(async () => {});
		},
	};
};

/** The number of the list that was kept; 0 when there is none by this key. */
const numberOf = async (path: string, publicKey: Uint8Array): Promise<number> => {
	const kept = await readFile(path).catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	const list = kept === null ? null : new Uint8Array(kept);
	// A file that somebody changed must not set the numbers of lists to come.
	return list !== null && isCrlOf(list, publicKey) ? readCrl(list).number : 0;
};
