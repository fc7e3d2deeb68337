import { createPublicKey } from 'node:crypto';
import type { Content } from '../content/content.ts';
import { octetSpki, rsaSpki } from '../key/spki.ts';
import { printable } from '../text/printable.ts';

/** Members of a JWK that say which key it is (RFC 7518 §6, RFC 8037 §2). */
export const jwkFields: ReadonlySet<string> = new Set(['kty', 'crv', 'kid', 'x', 'y', 'n', 'e', 'd', 'k']);

/** Gives the key of a JWK (RFC 7517 §4); false when it is not one, or malformed, which is said. */
export const readJwk = (jwk: ReadonlyMap<string, string>, content: Content): boolean => {
	const kid = jwk.get('kid');
	const label = `JWK${kid === undefined ? '' : ` ${printable(kid)}`}`;
	if (jwk.get('kty') === 'oct') {
		const secret = Buffer.from(jwk.get('k') ?? '', 'base64url');
		if (secret.length > 0) content.psk(label, new Uint8Array(secret), kid ?? null, 'jwk');
		return secret.length > 0;
	}
	const spki = spkiOf(jwk);
	if (spki === null) content.problem('a JWK is malformed or of an unknown kind', label);
	else
		content.key(
			`${jwk.has('d') ? 'private key' : 'public key'}, ${label}`,
			spki,
			jwk.has('d'),
			kid === undefined ? [] : [kid],
		);
	return spki !== null;
};

const spkiOf = (jwk: ReadonlyMap<string, string>): Uint8Array | null => {
	const field = (name: string): Buffer => Buffer.from(jwk.get(name) ?? '', 'base64url');
	const crv = jwk.get('crv') ?? '';
	if (jwk.get('kty') === 'RSA')
		return field('n').length < 8 || field('e').length === 0 ? null : rsaSpki(field('n'), field('e'));
	if (crv === 'Ed25519' || crv === 'X25519' || crv === 'Ed448' || crv === 'X448') return octetSpki(crv, field('x'));
	if (jwk.get('kty') !== 'EC') return null;
	try {
		const key = createPublicKey({
			key: { kty: 'EC', crv, x: jwk.get('x') ?? '', y: jwk.get('y') ?? '' },
			format: 'jwk',
		});
		return new Uint8Array(key.export({ format: 'der', type: 'spki' }));
	} catch {
		return null;
	}
};
