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

const commonName = (subject: string): string => plainId(/(?:^|, ?)CN=([^,]+)/.exec(subject)?.[1] ?? subject);

const namedOf = (holding: Holding): Named | null => {
	const { certificate, names, subject = '' } = holding;
	const own = new Set((certificate?.names ?? names).map(plainName).filter((name) => name !== ''));
	const common = certificate === null ? plainId(subject) : commonName(certificate.subject);
	return own.size === 0 && common === '' ? null : { holding, own, common };
};

/** All names that a place gives its holder, in one spelling each. */
export const namesOf = (holding: Holding): readonly string[] => {
	const named = namedOf(holding);
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
	for (const holding of holdings) {
		const named = namedOf(holding);
		if (named === null) continue;
		const own = groups.filter((group) => group.some((one) => isSame(one, named)));
		const merged = [...own.flat(), named];
		for (const group of own) groups.splice(groups.indexOf(group), 1);
		groups.push(merged);
	}
	return groups.map((group) => group.map(({ holding }) => holding));
};
