import { principalKey } from '@keyward/core/device';
import { isOlder } from '@keyward/core/update';
import type { HandshakeStore, IssuedCertificate, StoredHandshake } from '@keyward/core/port';
import type { Notices } from '../notice/notices.ts';
import { createBulkWriter } from '../thread/bulk-writer.ts';

/** Notices that a device's certificate is used by another TLS client than before. */
export interface ClientWatch {
	/** An opened session: its handshake proved the certificate's key, so that nobody else accuses the device. */
	connected(certificate: IssuedCertificate, hello: string): void;
	/** Writes what is left. */
	stop(): Promise<void>;
}

export interface ClientWatchOptions {
	readonly store: HandshakeStore;
	readonly notices: Pick<Notices, 'see'>;
	/** What the device last said that it runs. */
	readonly running: (application: string, device: string) => string | null;
	/** Whether the owner released that version. */
	readonly isReleased: (application: string, version: string) => boolean;
	readonly report: (error: unknown) => void;
}

/**
 * CR 6.2: a key that was copied is mostly used by other software than the agent. A newer certificate (a renewal, a new key, commissioning)
 * explains another client, and so does a release that follows the one before; an older certificate explains nothing. The newest client is
 * kept, so that one that a person has looked into is not told again, and two in turn are.
 */
export const openClientWatch = async (options: ClientWatchOptions): Promise<ClientWatch> => {
	const { store, notices, running, isReleased, report } = options;
	const known = new Map<string, StoredHandshake>();
	const keyOf = (application: string, id: string): string => principalKey({ kind: 'device', application, id });
	for (const one of await store.handshakes()) known.set(keyOf(one.application, one.device), one);
	const writer = createBulkWriter<StoredHandshake>((seen) => store.putHandshakes(seen), report);
	return {
		connected: ({ principal, fingerprint, notBefore }, hello) => {
			const { kind, application, id } = principal;
			if (kind !== 'device') return;
			const key = keyOf(application, id);
			const before = known.get(key);
			const certificate = Buffer.from(fingerprint).toString('hex');
			const version = running(application, id);
			const isNewer = before === undefined || (certificate !== before.certificate && notBefore >= before.issued);
			const isChanged = before !== undefined && hello !== before.hello;
			const isUpdated =
				before !== undefined &&
				version !== null &&
				before.version !== null &&
				isOlder(before.version, version) &&
				isReleased(application, version);
			if (!isNewer && !isChanged && !isUpdated) return;
			if (isChanged && !isNewer && !isUpdated)
				notices.see(
					'handshake-changed',
					principal,
					`its TLS client was ${before.hello.slice(0, 16)} and is ${hello.slice(0, 16)}`,
				);
			const now: StoredHandshake = {
				...{ application, device: id, hello },
				...(isNewer ? { certificate, issued: notBefore } : { certificate: before.certificate, issued: before.issued }),
				version: isNewer || isUpdated ? version : before.version,
			};
			known.set(key, now);
			writer.put(key, now);
		},
		stop: () => writer.stop(),
	};
};
