import { plainId } from './psk-fleet.ts';
import type { Holding } from './found-key.ts';

/** The names by which files call who holds a key, in one spelling each. */
interface Named {
	readonly holding: Holding;
	/** Subject alternative names, serial numbers, key ids, hosts: each names one holder. */
	readonly own: ReadonlySet<string>;
	/** The subject or its common name, which several devices may share (`CN=localhost`). */
	readonly common: string;
}

/** One of `known_hosts` with a port: the same host as without one, where two ports may lead to two devices. */
const PORTED = /^\[([^\]]+)\]:(\d+)$/;
const plainName = (name: string): string => {
	const [, host, port] = PORTED.exec(name) ?? [];
	return host === undefined ? plainId(name) : `[${plainId(host)}]${port}`;
};
const hostOf = (name: string): string => /^\[(.+)\]\d+$/.exec(name)?.[1] ?? name;

const commonName = (subject: string): string => /(?:^|, ?)CN=([^,]+)/.exec(subject)?.[1] ?? subject;

/** Domains of a local network: what stands before one is the whole name (RFC 6762 §3, RFC 8375). */
const LOCAL = /\.(?:local|lan|home|internal|intranet|localdomain|home\.arpa)\.?$/i;
/** The first word of a name with its domain, which for a key of SSH may be of a single word; null for others. */
const firstOfDomain = (host: string, isSsh: boolean): string | null => {
	const [first = '', ...domain] = host.split('.');
	const isDomain = domain.length > (isSsh ? 0 : 1) && /[a-z]/.test(domain.at(-1) ?? '');
	return isDomain && [first, ...domain].every((word) => /^[a-z0-9_-]+$/.test(word)) ? first : null;
};
const isOfSsh = ({ at }: Holding): boolean => /public key (?:sk-)?(?:ssh-|ecdsa-)/.test(at.label);

const ownNames = ({ certificate, names }: Holding): readonly string[] => certificate?.names ?? names;
const userless = (name: string): string => name.slice(name.lastIndexOf('@') + 1);
const bracketless = (name: string): string => PORTED.exec(name)?.[1] ?? name;
const withoutDomain = (name: string): string => name.toLowerCase().replace(LOCAL, '').replace(/\.$/, '');

/**
 * How a name of one of these is written where it has several spellings: `gw-1` is `gw-1.plant.example` where no other domain has a
 * `gw-1`, and `root@gw-1` in the comment of a host's key is the host that is known by that name.
 */
const spellings = (holdings: readonly Holding[]): ((name: string, isSsh: boolean) => string) => {
	const full = new Map<string, Set<string>>();
	const hosts = new Set<string>();
	for (const holding of holdings)
		for (const name of ownNames(holding)) {
			const host = withoutDomain(userless(bracketless(name)));
			const first = firstOfDomain(host, isOfSsh(holding));
			if (first !== null) full.set(first, (full.get(first) ?? new Set()).add(host));
			if (!name.includes('@')) hosts.add(host);
		}
	const whole = (host: string): string => {
		const [only, ...others] = full.get(host) ?? [];
		return only !== undefined && others.length === 0 ? only : host;
	};
	const known = new Set([...hosts].map(whole));
	return (name, isSsh) => {
		const bare = bracketless(name);
		const host = whole(withoutDomain(userless(bare)));
		const isHost = isSsh && known.has(host);
		const spelled = isHost ? host : `${bare.slice(0, bare.lastIndexOf('@') + 1)}${host}`;
		return name.replace(bare, () => spelled);
	};
};

const namedOf = (holding: Holding, spelled: ReturnType<typeof spellings>): Named | null => {
	const { certificate, subject = '' } = holding;
	const own = new Set(
		ownNames(holding)
			.map((name) => plainName(spelled(name, isOfSsh(holding))))
			.filter((name) => name !== ''),
	);
	const common = plainId(spelled(certificate === null ? subject : commonName(certificate.subject), false));
	return own.size === 0 && common === '' ? null : { holding, own, common };
};

/** All names that a place gives its holder, in one spelling each. */
export const namesOf = (holding: Holding): readonly string[] => {
	const named = namedOf(holding, (name) => name);
	return named === null ? [] : [...named.own, named.common].filter((name) => name !== '');
};

/** Two names of one holder: a name in common, where a shared subject counts only if one of them has nothing better. */
const isSame = (one: Named, other: Named): boolean => {
	if (one.own.size > 0 && other.own.size > 0)
		return (
			[...one.own].some((name) => other.own.has(name) || other.own.has(hostOf(name))) ||
			[...other.own].some((name) => one.own.has(hostOf(name)))
		);
	if (one.common !== '' && one.common === other.common) return true;
	return other.own.has(one.common) || one.own.has(other.common);
};

/**
 * The holdings of one key by holder, as far as files name one: a certificate by its alternative names, else its subject; a
 * request likewise; a JWK by its key id, an SSH key by its host or comment. A bare copy names nobody and is in no group.
 */
export const holdersOf = (holdings: readonly Holding[]): readonly (readonly Holding[])[] => {
	const groups: Named[][] = [];
	const spelled = spellings(holdings);
	for (const holding of holdings) {
		const named = namedOf(holding, spelled);
		if (named === null) continue;
		const own = groups.filter((group) => group.some((one) => isSame(one, named)));
		const merged = [...own.flat(), named];
		for (const group of own) groups.splice(groups.indexOf(group), 1);
		groups.push(merged);
	}
	return groups.map((group) => group.map(({ holding }) => holding));
};

const V4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const V6 = /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*$/i;

/**
 * How many of these holders have no name but an address by which SSH knows them, at most of one family: a host has an address of each,
 * and may have several, or had others before.
 */
export const onlyAddressed = (
	groups: readonly (readonly Holding[])[],
): { readonly groups: number; readonly most: number } => {
	let [v4, v6] = [0, 0];
	for (const group of groups) {
		const names = group.flatMap(ownNames).map(bracketless);
		if (!group.every(isOfSsh) || names.length === 0) continue;
		if (names.every((name) => V4.test(name))) v4++;
		else if (names.every((name) => V6.test(name))) v6++;
	}
	return { groups: v4 + v6, most: Math.max(v4, v6) };
};
