import { principalKey } from '@keyward/core/device';
import type {
	CertificateStore,
	IssuedCertificate,
	Principal,
	PrincipalKeyStore,
	PrincipalName,
	PrincipalStore,
	RegisteredKey,
} from '@keyward/core/port';

/** What opening a session asks of the registry. */
export type SessionRegistry = Pick<CertificateStore, 'certificate' | 'certificates'> &
	Pick<PrincipalStore, 'principal' | 'hasOtherKeys'> &
	Pick<PrincipalKeyStore, 'registeredKeys'>;

/** Devices and readers that are remembered at most; with a certificate some two kilobytes each. */
const MOST = 20_000;

/** What the registry says of one of them. */
interface Known {
	readonly principal: Principal | null;
	readonly certificates: IssuedCertificate[];
	readonly keys: RegisteredKey[];
}

/**
 * What the registry says of those who connect, remembered until anything in it changes: a device that comes back costs no query. `version`
 * grows with every durable change of the registry, before the call that asked for it resolves; 0 where changes are not seen, and
 * then nothing is remembered (CR 2.1: a revocation holds at once). One process has a registry, so that nobody else changes it.
 */
export const rememberRegistry = (store: SessionRegistry, version: () => number): SessionRegistry => {
	const known = new Map<string, Promise<Known>>();
	const holders = new Map<string, PrincipalName>();
	let of = 0;

	/** Forgets what is not so any more. False when nothing may be remembered. */
	const refresh = (): boolean => {
		const now = version();
		if (now !== of) {
			known.clear();
			holders.clear();
			of = now;
		}
		return now !== 0;
	};
	const read = async (name: PrincipalName): Promise<Known> => {
		const [principal, certificates, keys] = await Promise.all([
			store.principal(name),
			store.certificates(name),
			store.registeredKeys(name),
		]);
		return { principal, certificates, keys };
	};
	const look = (name: PrincipalName): Promise<Known> => {
		if (!refresh()) return read(name);
		const key = principalKey(name);
		const before = known.get(key);
		if (before !== undefined) return before;
		if (known.size >= MOST) {
			known.clear();
			holders.clear();
		}
		const found = read(name);
		known.set(key, found);
		// What failed is asked again.
		found.catch(() => known.delete(key));
		return found;
	};

	return {
		certificate: async (fingerprint) => {
			const hex = Buffer.from(fingerprint).toString('hex');
			const holder = refresh() ? holders.get(hex) : undefined;
			if (holder === undefined) {
				const found = await store.certificate(fingerprint);
				// Only of those that are in it: strangers have as many as they like.
				if (found !== null && refresh()) holders.set(hex, found.principal);
				return found;
			}
			const { certificates } = await look(holder);
			return certificates.find((one) => Buffer.compare(one.fingerprint, fingerprint) === 0) ?? null;
		},
		certificates: async (name) => (await look(name)).certificates,
		principal: async (name) => (await look(name)).principal,
		registeredKeys: async (name) => (await look(name)).keys,
		hasOtherKeys: async (name, key) =>
			(await look(name)).certificates.some(
				({ revoked, key: other }) => revoked === null && Buffer.compare(other, key) !== 0,
			),
	};
};
