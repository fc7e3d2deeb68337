import { days, seconds } from '../../units/milliseconds.ts';
import { asked, spanAtMost, steps } from '../scale.ts';
import { years } from '../span.ts';
import { aged, ask, CONNECTION_AGES, en, entries, every, iec, unbuilt } from './entry.ts';

const pledge = 'packages/core/enrol/pledge.ts';

/** It is who it says it is, both ways. */
export const authenticity = entries('authenticity', [
	{
		id: 'unique-key',
		statement: 'No key serves two devices or readers, and none is published anywhere.',
		scale: asked,
		asks: every(true, 'observed'),
		applies: ['device', 'reader'],
		clause: [iec('CR 1.2 RE(1)'), en('5.4-4')],
		enforcement: pledge,
		builtTo: true,
		evidence: 'registrar: the key compared with every key ever admitted and with published device keys, at issue',
		attack: ['unique-key.ts', 'old-key-renewed.ts'],
	},
	{
		id: 'device-authentication',
		statement: 'A device or reader proves who it is before anything else is heard from it.',
		scale: steps('psk', 'certificate'),
		asks: aged(
			[
				ask('psk', 'observed'),
				ask('certificate', 'observed'),
				ask('certificate', 'observed'),
				ask('certificate', 'observed'),
			],
			CONNECTION_AGES,
		),
		applies: ['device', 'reader'],
		clause: [iec('CR 1.2'), iec('CR 1.8'), iec('CR 1.14')],
		enforcement: 'packages/core/authorize/session.ts',
		builtTo: 'certificate',
		evidence: 'listener: what the peer proved in the handshake, at each connection',
		attack: ['device-authentication.ts', 'stranger-certificate.ts', 'retired-authority.ts'],
	},
	{
		id: 'service-authentication',
		statement:
			'A device or reader accepts only its own service: root pinned out of band, name and usage checked, device and service CA apart.',
		scale: asked,
		asks: every(true, 'claimed'),
		applies: ['device', 'reader'],
		clause: [iec('CR 1.2'), iec('CR 1.9')],
		enforcement: 'packages/agent/est/trust.ts',
		builtTo: true,
		evidence: 'registrar: enrolled with a commissioning string, which carries the pin, at issue',
		attack: ['service-authentication.ts'],
	},
	{
		id: 'owner-anchor',
		statement: "The owner's root of trust reaches device and reader by a way that the service cannot alter.",
		scale: asked,
		asks: every(true, 'claimed'),
		applies: ['device', 'reader'],
		clause: [iec('EDR 3.13')],
		...unbuilt,
	},
	{
		id: 'key-custody',
		statement: 'The private key lives in hardware that never gives it out, and that is proven.',
		scale: steps('any', 'hardware-endorsed', 'hardware-attested'),
		asks: [
			ask('any', 'claimed'),
			ask('any', 'claimed'),
			ask('hardware-endorsed', 'endorsed'),
			ask('hardware-attested', 'attested'),
		],
		applies: ['device'],
		clause: [iec('CR 1.5 RE(1)'), iec('CR 1.9 RE(1)'), iec('CR 1.14 RE(1)')],
		enforcement: pledge,
		builtTo: 'hardware-attested',
		evidence:
			'registrar: what the TPM states of the key under a challenge, and who vouches for that TPM; or what the maker of a part says of the key in it, at issue',
		attack: ['key-custody.ts', 'power-cuts.ts'],
	},
	{
		id: 'expected-device',
		statement: 'Only a device that somebody expected is admitted, at the stricter levels this very part.',
		scale: steps('token', 'token-endorsed', 'token-this-part'),
		asks: [null, ask('token', 'observed'), ask('token-endorsed', 'endorsed'), ask('token-this-part', 'attested')],
		applies: ['device'],
		clause: [iec('CR 1.4'), iec('EDR 3.12')],
		enforcement: pledge,
		builtTo: 'token-this-part',
		evidence:
			'registrar: the one-time token spent and, at the stricter levels, the part that answered the challenge, at issue',
		attack: ['expected-device.ts', 'spent-string.ts', 'spent-string-blocks.ts', 'stolen-string-after-expect.ts'],
	},
	{
		id: 'certificate-lifetime',
		statement:
			'A certificate is short-lived, so that a stolen key soon ends; a sleeper may have three times its longest sleep, 90 d at most.',
		scale: spanAtMost(),
		asks: [ask(years(5), 'observed'), ask(years(1), 'observed'), ask(days(90), 'observed'), ask(days(7), 'observed')],
		applies: ['device', 'reader'],
		clause: [iec('CR 1.5'), iec('CR 1.8')],
		enforcement: 'packages/core/authorize/session.ts',
		builtTo: seconds(1),
		evidence: 'registrar: the newest certificate, from issue until it ends',
		attack: ['certificate-lifetime.ts'],
	},
	{
		id: 'key-strength',
		statement:
			'Keys are as strong as the level asks, at the strictest from a list of algorithms. (An RSA-2048 endorsement key passes as 112.)',
		scale: steps('112', '128', '128-listed'),
		asks: [ask('112', 'observed'), ask('128', 'observed'), ask('128', 'observed'), ask('128-listed', 'observed')],
		applies: ['device', 'reader'],
		clause: [iec('CR 1.9'), iec('CR 4.3'), en('5.5-1')],
		enforcement: 'packages/core/enrol/key-strength.ts',
		builtTo: '128-listed',
		evidence: 'registrar: the public key in the request, at issue',
		attack: ['key-strength.ts'],
	},
	{
		id: 'person-authentication',
		statement: 'A person proves who they are, at the stricter levels with something that cannot be phished.',
		scale: steps('password', 'second-factor', 'passkey', 'passkey-hardware'),
		asks: [
			ask('password', 'observed'),
			ask('second-factor', 'observed'),
			ask('passkey', 'observed'),
			ask('passkey-hardware', 'observed'),
		],
		applies: ['service'],
		clause: [iec('CR 1.1 RE(1)'), iec('CR 1.1 RE(2)'), iec('CR 1.7'), iec('CR 1.11'), en('5.1-5')],
		...unbuilt,
	},
	{
		id: 'session-limits',
		statement: 'A session locks when idle, can be ended at will, and sessions are counted.',
		scale: asked,
		asks: [null, ask(true, 'observed'), ask(true, 'observed'), ask(true, 'observed')],
		applies: ['service'],
		clause: [iec('CR 2.5'), iec('CR 2.6'), iec('CR 2.7')],
		...unbuilt,
	},
]);
