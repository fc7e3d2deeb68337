import { hash } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { AttestationObject } from '@simplewebauthn/server/helpers';
import { Problem } from '@keyward/core';
import { type AttestationTrust, judgeEndorsementChain } from '@keyward/core/attest';
import type { Clock, Passkey } from '@keyward/core/port';
import type { Challenges } from './challenge.ts';

/** COSE algorithms (RFC 9053): EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257];

/**
 * Formats whose statement is read. Others are refused unread: some would have their verifier ask the network about a stranger's
 * certificate.
 */
const FORMATS: readonly string[] = ['none', 'packed', 'fido-u2f'];

/** No certificate of an authenticator restricts its use by a purpose. One that does is refused. */
const PURPOSE = '1.3.6.1.4.1.45724.1.1.4';

/** Where the site is, as a browser sees it. */
export interface RelyingParty {
	/** WebAuthn Level 3 §5.1.2: a domain, never an address. */
	readonly id: string;
	readonly origins: () => readonly string[];
	readonly trust: AttestationTrust;
	readonly clock: Clock;
	readonly challenges: Challenges;
}

/** The ceremonies of WebAuthn Level 3, §7.1 and §7.2. Throws `Problem('passkey-refused')` for all that proves nothing. */
export interface Passkeys {
	/** `attested`: the passkey must show which hardware it is in. */
	registration(person: string, known: readonly Passkey[], attested: boolean): Promise<object>;
	register(response: unknown): Promise<Omit<Passkey, 'person'>>;
	signIn(): Promise<object>;
	/** Gives the counter of the passkey that `find` has. */
	prove(
		response: unknown,
		find: (id: string) => Promise<Passkey | null>,
	): Promise<{ passkey: Passkey; counter: number }>;
}

const refuse = (why: string, cause?: unknown): Problem =>
	new Problem('passkey-refused', `The passkey was not taken: ${why}.`, { cause });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null;

const hasTexts = (value: unknown, names: readonly string[]): boolean =>
	isObject(value) && names.every((name) => typeof value[name] === 'string');

const isRegistration = (value: unknown): value is RegistrationResponseJSON =>
	isObject(value) &&
	hasTexts(value, ['id', 'rawId', 'type']) &&
	hasTexts(value['response'], ['clientDataJSON', 'attestationObject']);

const isAuthentication = (value: unknown): value is AuthenticationResponseJSON =>
	isObject(value) &&
	hasTexts(value, ['id', 'rawId', 'type']) &&
	hasTexts(value['response'], ['clientDataJSON', 'authenticatorData', 'signature']);

/** Loaded when the first passkey is asked for: a tenth of the code of a service, and most sites run for months without one. */
const library = () => import('@simplewebauthn/server');

/** What the library throws says what did not hold; it may repeat what was sent, and is cut short. */
const ofLibrary = async <Value>(work: () => Promise<Value>): Promise<Value> => {
	try {
		return await work();
	} catch (error) {
		if (error instanceof Problem) throw error;
		const said = error instanceof Error ? error.message : 'it cannot be read';
		throw refuse(JSON.stringify(said.slice(0, 200)).slice(1, -1).replace(/\.$/, ''), error);
	}
};

export const createPasskeys = ({ id, origins, trust, clock, challenges }: RelyingParty): Passkeys => {
	const expected = { expectedOrigin: [] as string[], expectedRPID: id, requireUserVerification: true };
	const terms = () => ({ ...expected, expectedOrigin: [...origins()] });
	const challengeOf = (text: string): boolean => challenges.spend(Uint8Array.from(Buffer.from(text, 'base64url')));

	/**
	 * CR 1.5 RE(1): hardware is what a manufacturer says whom the site names, of a passkey that cannot be copied elsewhere. What the
	 * authenticator says of itself alone counts for nothing: any program can say it.
	 */
	const isHardware = (decoded: AttestationObject, copied: boolean): boolean => {
		const chain = decoded.get('attStmt').get('x5c');
		if (copied || chain === undefined || chain.length === 0) return false;
		try {
			const vouching = judgeEndorsementChain(chain, PURPOSE, { trust, now: clock.now() });
			return 'manufacturer' in vouching && !vouching.manufacturer.emulated;
		} catch (error) {
			if (error instanceof Problem) return false;
			throw error;
		}
	};

	return {
		registration: async (person, known, attested) =>
			(await library()).generateRegistrationOptions({
				...{ rpName: 'Keyward', rpID: id, userName: person, userDisplayName: person },
				userID: Uint8Array.from(hash('sha256', `keyward person ${person}`, 'buffer')),
				challenge: challenges.make(),
				attestationType: attested ? 'direct' : 'none',
				excludeCredentials: known.map((passkey) => ({ id: passkey.id })),
				// CR 1.1 RE(2): the authenticator asks for a PIN or a finger, so that a passkey is two factors.
				authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
				supportedAlgorithmIDs: ALGORITHMS,
			}),
		register: (response) =>
			ofLibrary(async () => {
				if (!isRegistration(response)) throw refuse('it is no registration');
				const sent = Uint8Array.from(Buffer.from(response.response.attestationObject, 'base64url'));
				const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
				const format = decodeAttestationObject(sent).get('fmt');
				if (!FORMATS.includes(format)) throw refuse(`its attestation has another format than ${FORMATS.join(', ')}`);
				const { verifyRegistrationResponse } = await library();
				const verified = await verifyRegistrationResponse({
					...{ response, expectedChallenge: challengeOf, supportedAlgorithmIDs: ALGORITHMS },
					...terms(),
				});
				if (!verified.verified) throw refuse('its attestation does not hold');
				const { credential, credentialDeviceType, attestationObject } = verified.registrationInfo;
				const hardware = isHardware(decodeAttestationObject(sent), credentialDeviceType !== 'singleDevice');
				const now = clock.now();
				return {
					...{ id: credential.id, key: Uint8Array.from(credential.publicKey), counter: credential.counter, hardware },
					attestation: format === 'none' ? null : Uint8Array.from(attestationObject),
					...{ at: now, used: now },
				};
			}),
		signIn: async () => {
			const { generateAuthenticationOptions } = await library();
			return generateAuthenticationOptions({ rpID: id, challenge: challenges.make(), userVerification: 'required' });
		},
		prove: (response, find) =>
			ofLibrary(async () => {
				if (!isAuthentication(response)) throw refuse('it is no sign-in');
				const passkey = await find(response.id);
				if (passkey === null) throw refuse('this site does not know it');
				const { verifyAuthenticationResponse } = await library();
				const { verified, authenticationInfo } = await verifyAuthenticationResponse({
					...{ response, expectedChallenge: challengeOf, ...terms() },
					credential: { id: passkey.id, publicKey: Uint8Array.from(passkey.key), counter: passkey.counter },
				});
				if (!verified) throw refuse('its signature does not hold');
				return { passkey, counter: authenticationInfo.newCounter };
			}),
	};
};
