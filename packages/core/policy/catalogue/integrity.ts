import { hours, minutes, seconds } from '../../units/milliseconds.ts';
import { asked, countAtLeast, spanAtMost, steps } from '../scale.ts';
import { aged, ask, CONNECTION_AGES, cra, en, entries, every, iec, SERVICE_AGES, unbuilt } from './entry.ts';

const admission = 'packages/core/observe/admission.ts';

/** Nothing is changed, replayed, dropped or rewritten unseen. */
export const integrity = entries('integrity', [
	{
		id: 'link-integrity',
		statement: 'What travels on a link cannot be changed unseen.',
		scale: asked,
		asks: aged(every(true, 'observed'), CONNECTION_AGES),
		applies: ['device', 'reader'],
		clause: [iec('CR 3.1'), iec('CR 3.1 RE(1)'), cra('Annex I Part I (2)(f)')],
		enforcement: 'packages/service/mqtt/connection/tls-options.ts',
		builtTo: true,
		evidence: 'listener: the cipher suite of the link, at each connection',
		attack: ['link-integrity.ts'],
	},
	{
		id: 'replay-refused',
		statement:
			'A reading counts once: the same again is not stored again, another under the same identity is refused and reported.',
		scale: asked,
		asks: aged(every(true, 'observed'), SERVICE_AGES),
		applies: ['service'],
		clause: [iec('CR 3.8')],
		enforcement: admission,
		builtTo: true,
		evidence: 'service: the admission that every reading passes, seen to refuse a replay',
		attack: ['replay-refused.ts'],
	},
	{
		id: 'reading-signature',
		statement: 'A reading is covered by a signature of its device within this time.',
		scale: spanAtMost('each reading'),
		asks: [null, ask(minutes(10), 'observed'), ask(seconds(60), 'observed'), ask(0, 'observed')],
		applies: ['device'],
		clause: [iec('CR 2.12 RE(1)'), iec('CR 3.1 RE(1)')],
		...unbuilt,
	},
	{
		id: 'gap-noticed',
		statement: 'A reading that should have come and did not is noticed within this time.',
		scale: spanAtMost(),
		asks: [null, null, ask(minutes(10), 'observed'), ask(minutes(1), 'observed')],
		applies: ['service'],
		clause: [iec('CR 6.2'), en('5.10-1')],
		...unbuilt,
	},
	{
		id: 'firmware-signed',
		statement: 'A device installs only firmware signed by this many offline keys.',
		scale: countAtLeast,
		asks: [ask(1, 'observed'), ask(1, 'observed'), ask(2, 'observed'), ask(3, 'observed')],
		applies: ['update'],
		clause: [iec('EDR 3.10 RE(1)'), en('5.3-9'), en('5.3-10')],
		...unbuilt,
	},
	{
		id: 'boot-verified',
		statement:
			'A device starts only software that is whole and, above level 1, authentic; at the strictest level attested within the last hour.',
		scale: steps('whole', 'authentic'),
		asks: [
			ask('whole', 'claimed'),
			ask('authentic', 'claimed'),
			ask('authentic', 'endorsed'),
			ask('authentic', 'attested', hours(1)),
		],
		applies: ['device'],
		clause: [iec('EDR 3.14'), iec('EDR 3.14 RE(1)'), en('5.7-1')],
		...unbuilt,
	},
	{
		id: 'ledger',
		statement: 'What was accepted and decided is kept so that a change shows.',
		scale: steps('kept', 'merkle-signed', 'witnessed'),
		asks: aged(
			[
				ask('kept', 'observed'),
				ask('merkle-signed', 'observed'),
				ask('merkle-signed', 'observed'),
				ask('witnessed', 'observed'),
			],
			SERVICE_AGES,
		),
		applies: ['service'],
		clause: [iec('CR 2.8'), iec('CR 3.9'), cra('Annex I Part I (2)(l)')],
		enforcement: 'packages/service/ledger/checkpoints.ts',
		builtTo: 'merkle-signed',
		evidence: 'ledger: the last verification of rows, leaves and root against the signed checkpoint',
		attack: [
			'application-removed.ts',
			'checkpoint-removed.ts',
			'database-trigger.ts',
			'grant-by-hand.ts',
			'ledger-begun-again.ts',
			'ledger-folder-removed.ts',
			'ledger.ts',
			'revocation-undone.ts',
			'writable-data-folder.ts',
		],
	},
	{
		id: 'record-kept',
		statement:
			'The record has room, a failure to write it raises an alarm, and its clock is true to this; at 1 s the time source is authenticated.',
		scale: spanAtMost(),
		asks: [null, ask(seconds(60), 'observed'), ask(seconds(10), 'observed'), ask(seconds(1), 'observed')],
		applies: ['service'],
		clause: [iec('CR 2.9'), iec('CR 2.9 RE(1)'), iec('CR 2.10'), iec('CR 2.11 RE(1)'), iec('CR 2.11 RE(2)')],
		...unbuilt,
	},
	{
		id: 'input-refused',
		statement: 'Malformed input gets a clear error, and every good reading around it is kept.',
		scale: asked,
		asks: aged(every(true, 'observed'), SERVICE_AGES),
		applies: ['service'],
		clause: [iec('CR 3.5'), iec('CR 3.7'), en('5.13-1B')],
		enforcement: admission,
		builtTo: true,
		evidence: 'service: the admission that every reading passes, seen to refuse a malformed one',
		attack: ['escape-sequences.ts', 'host-name-hang.ts', 'input-refused.ts', 'past-before-device.ts'],
	},
]);
