/** What a listener can say of a link: both ends' TLS version, and the floor that the listener itself holds. */
export interface Link {
	/** As the handshake ended: `TLSv1.2` or `TLSv1.3` (RFC 8446). */
	readonly protocol: string;
	/** The least key agreement that this listener takes; a server cannot see which group a handshake chose. */
	readonly groups: 'any' | 'hybrid';
}

/** Steps of the requirement `link-encryption`, weakest first. */
export const linkSteps = ['tls1.2-aead', 'tls1.3', 'tls1.3-pq'] as const;

export type LinkStep = (typeof linkSteps)[number];

/** The step that a link reaches; null is below the first. */
export const linkStep = ({ protocol, groups }: Link): LinkStep | null => {
	if (protocol === 'TLSv1.3') return groups === 'hybrid' ? 'tls1.3-pq' : 'tls1.3';
	return protocol === 'TLSv1.2' ? 'tls1.2-aead' : null;
};
