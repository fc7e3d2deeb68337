import { hours } from '../../units/milliseconds.ts';
import { asked, spanAtMost, steps } from '../scale.ts';
import { aged, ask, CONNECTION_AGES, cra, en, entries, every, iec, SERVICE_AGES, unbuilt } from './entry.ts';

/** Nobody else reads it. */
export const confidentiality = entries('confidentiality', [
	{
		id: 'link-encryption',
		statement: 'Links are encrypted, at least as the level says.',
		scale: steps('tls1.2-aead', 'tls1.3', 'tls1.3-pq'),
		asks: aged(
			[
				ask('tls1.2-aead', 'observed'),
				ask('tls1.3', 'observed'),
				ask('tls1.3', 'observed'),
				ask('tls1.3-pq', 'observed'),
			],
			CONNECTION_AGES,
		),
		applies: ['device', 'reader'],
		clause: [iec('CR 4.1'), iec('CR 4.3'), en('5.5-1'), cra('Annex I Part I (2)(e)')],
		enforcement: 'packages/core/authorize/link.ts',
		builtTo: 'tls1.3-pq',
		evidence:
			'listener: version and cipher of the link, and the floor of the listener it came through, at each connection',
		attack: ['est-weak-link.ts', 'link-encryption.ts', 'reader-weak-link.ts'],
	},
	{
		id: 'at-rest-encryption',
		statement: 'Stored readings are encrypted, at the strictest level under a key in an HSM.',
		scale: steps('encrypted', 'key-in-hsm'),
		asks: [
			ask('encrypted', 'observed'),
			ask('encrypted', 'observed'),
			ask('encrypted', 'observed'),
			ask('key-in-hsm', 'observed'),
		],
		applies: ['service'],
		clause: [iec('CR 4.1'), cra('Annex I Part I (2)(e)')],
		...unbuilt,
	},
	{
		id: 'sealed-readings',
		statement: 'Readings are sealed on the device for their readers; the service cannot open them.',
		scale: steps('sealed', 'sealed-pq'),
		asks: [null, null, ask('sealed', 'observed'), ask('sealed-pq', 'observed')],
		applies: ['device'],
		clause: [iec('CR 4.1')],
		...unbuilt,
	},
	{
		id: 'epoch-length',
		statement: 'One content key seals a stream for no longer than this.',
		scale: spanAtMost(),
		asks: [null, null, ask(hours(24), 'observed'), ask(hours(1), 'observed')],
		applies: ['device'],
		clause: [iec('CR 4.3')],
		...unbuilt,
	},
	{
		id: 'secrets-wrapped',
		statement: 'A stolen database holds no secret that can be used.',
		scale: asked,
		asks: every(true, 'observed'),
		applies: ['service'],
		clause: [iec('CR 1.5')],
		...unbuilt,
	},
	{
		id: 'erased-at-retirement',
		statement: 'A retired device, and the store, give up keys and data; that is verified, then attested.',
		scale: steps('erased', 'verified', 'attested'),
		asks: [null, ask('erased', 'claimed'), ask('verified', 'observed'), ask('attested', 'attested')],
		applies: ['device', 'service'],
		clause: [iec('CR 4.2'), iec('CR 4.2 RE(2)'), en('5.11-1'), cra('Annex I Part I (2)(m)')],
		...unbuilt,
	},
	{
		id: 'data-minimised',
		statement: 'Only declared streams and fields leave a device.',
		scale: asked,
		asks: aged([null, ask(true, 'observed'), ask(true, 'observed'), ask(true, 'observed')], SERVICE_AGES),
		applies: ['service'],
		clause: [cra('Annex I Part I (2)(g)')],
		enforcement: 'packages/core/observe/admission.ts',
		builtTo: true,
		evidence: 'listener: a refusal of a field that nobody declared',
		attack: ['data-minimised.ts'],
	},
]);
