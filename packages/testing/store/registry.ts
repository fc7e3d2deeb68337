import type { KeyEvidence, LifeState } from '@keyward/core/device';
import type { Intent, IssuedCertificate, Principal, PrincipalName, Store, Token } from '@keyward/core/port';

/** Others for each seed. */
export const bytes = (seed: number): Uint8Array => {
	const made = new Uint8Array(32).fill(seed);
	if (seed > 0xff) new DataView(made.buffer).setUint32(0, seed);
	return made;
};
export const probe: PrincipalName = { kind: 'device', application: 'hall', id: 'gamma-1' };
/** The same id as another kind and in another application: other principals. */
export const desk: PrincipalName = { kind: 'reader', application: 'hall', id: 'gamma-1' };
export const mast: PrincipalName = { kind: 'device', application: 'weather', id: 'gamma-1' };

const evidence: KeyEvidence = {
	custody: 'tpm2',
	proof: 'attested',
	part: 'ek:00',
	manufacturer: 'mill',
	emulated: true,
};

export const expected = (name: PrincipalName, at = 1): Principal => ({
	...name,
	class: name.kind === 'device' ? 'gamma-probe' : null,
	part: name.kind === 'device' ? 'ek:00' : null,
	state: 'expected',
	at,
});
export const token = (principal: PrincipalName, seed: number): Token => ({
	hash: bytes(seed),
	principal,
	expires: 1000,
	spentFor: null,
});
export const intent = (principal: PrincipalName, serial: string, key: number, by: Intent['by']): Intent => ({
	serial,
	principal,
	key: bytes(key),
	evidence,
	toBeSigned: Uint8Array.of(0x30, 0),
	at: 50,
	by,
});
export const certificate = ({ serial, principal, key }: Intent, seed: number): IssuedCertificate => ({
	fingerprint: bytes(seed),
	serial,
	principal,
	key,
	evidence,
	notBefore: 10,
	notAfter: 2000,
	der: Uint8Array.of(0x30, 1, seed),
	revoked: null,
});

/** A device with a certificate; `round` makes token, key and certificate others. */
export const admit = async (store: Store, name: PrincipalName, round = 0): Promise<IssuedCertificate> => {
	const base = round * 0x100;
	await store.expect(expected(name), token(name, base + 1));
	const wanted = intent(name, round === 0 ? '0a' : `0a${round}`, base + 7, { token: bytes(base + 1) });
	await store.intend(wanted);
	await store.issue(certificate(wanted, base + 20));
	return certificate(wanted, base + 20);
};

/** From whatever state it is in. */
export const moveTo = async (store: Store, name: PrincipalName, state: LifeState, at: number): Promise<void> => {
	const { state: from = 'expected' } = (await store.principal(name)) ?? {};
	await store.setState(name, from, state, at);
};
