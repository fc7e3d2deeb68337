import { isIPv4, isIPv6 } from 'node:net';

/**
 * The eight groups of an IPv6 address (RFC 4291 §2.2), its zone (RFC 4007 §11) left out; an IPv4 address as IPv6 maps it
 * (RFC 4291 §2.5.5.2). Null for what is no address.
 */
export const groupsOf = (address: string): readonly number[] | null => {
	if (isIPv4(address)) return groupsOf(`::ffff:${address}`);
	if (!isIPv6(address)) return null;
	const [bare = ''] = address.split('%');
	const last = bare.lastIndexOf(':') + 1;
	const [a = 0, b = 0, c = 0, d = 0] = bare.slice(last).split('.').map(Number);
	const written = bare.includes('.')
		? `${bare.slice(0, last)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
		: bare;
	const [left = [], right = []] = written
		.split('::')
		.map((half) => half.split(':').flatMap((group) => (group === '' ? [] : [Number.parseInt(group, 16)])));
	return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
};

const mapped = [0, 0, 0, 0, 0, 0xffff] as const;
const translated = [0x64, 0xff9b, 0, 0, 0, 0] as const;

/** Of the groups of an address: whether its last two are an IPv4 address, mapped or translated by NAT64 (RFC 6052 §2.1). */
export const standsForIpv4 = (groups: readonly number[]): boolean =>
	[mapped, translated].some((prefix) => prefix.every((group, at) => group === groups[at]));
