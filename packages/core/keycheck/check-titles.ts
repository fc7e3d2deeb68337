import type { CheckId } from './finding.ts';

/** What each check finds, as a heading. */
export const checkTitles: Readonly<Record<CheckId, string>> = {
	'published-key': 'Keys whose private half is public',
	'guessable-key': 'Private keys that anybody guesses',
	'duplicate-key': 'One key held in several places',
	'nonce-reuse': 'Signatures that give the private key away',
	'batch-gcd': 'RSA keys that share a prime or the modulus',
	fermat: 'RSA keys whose primes lie close together',
	roca: 'RSA keys of the flawed Infineon library (ROCA)',
	'rsa-small-factor': 'RSA keys with a small prime factor',
	'rsa-exponent': 'RSA keys with an unsafe exponent',
	'rsa-size': 'RSA keys that are too short',
	'weak-curve': 'Keys on weak or unusual curves, or off their curve',
	'weak-algorithm': 'Keys of retired or unknown algorithms',
	'certificate-ca-on-device': 'Device certificates with the rights of an authority',
	'certificate-endless': 'Certificates without an end, or with one out of reach',
	'psk-default': 'Pre-shared keys that stand in examples and manuals',
	'shared-psk': 'One pre-shared key held in several places',
	'psk-derived': 'Pre-shared keys made from the device id',
	'psk-sequential': 'Pre-shared keys that are counted up',
	'psk-repeated': 'Pre-shared keys that repeat themselves',
	'psk-short': 'Pre-shared keys that are too short',
	'psk-entropy': 'Pre-shared keys that are easy to guess',
};
