import { days, hours, seconds } from '../../units/milliseconds.ts';
import { asked, spanAtMost, steps } from '../scale.ts';
import { years } from '../span.ts';
import { aged, ask, CONNECTION_AGES, cra, entries, every, iec, SERVICE_AGES, unbuilt } from './entry.ts';

const readDecision = 'packages/core/authorize/read-decision.ts';

/** Only those explicitly allowed. */
export const authorization = entries('authorization', [
	{
		id: 'deny-by-default',
		statement: 'Whatever is not allowed by name is refused, at every door.',
		scale: asked,
		asks: aged(every(true, 'observed'), SERVICE_AGES),
		applies: ['service'],
		clause: [iec('CR 2.1'), iec('CCSC 3'), cra('Annex I Part I (2)(d)')],
		enforcement: 'packages/core/authorize/authorize.ts',
		builtTo: true,
		evidence: 'listener, API: a refusal that was given to somebody whom nothing allows',
		attack: ['deny-by-default.ts', 'grant-by-hand.ts', 'neighbour-read.ts', 'operator-call.ts', 'second-way-in.ts'],
	},
	{
		id: 'own-streams-only',
		statement: 'A device writes its own streams and no other.',
		scale: asked,
		asks: aged(every(true, 'observed'), SERVICE_AGES),
		applies: ['service'],
		clause: [iec('CR 2.1'), iec('CCSC 3')],
		enforcement: 'packages/core/observe/admission.ts',
		builtTo: true,
		evidence: 'listener: a refusal of a reading for another device or stream',
		attack: ['own-streams-only.ts'],
	},
	{
		id: 'explicit-readers',
		statement: 'A grant names reader, stream and purpose; at the stricter levels on a roster that the owner signs.',
		scale: steps('service-held', 'roster', 'roster-2-of-3'),
		asks: aged(
			[
				ask('service-held', 'observed'),
				ask('service-held', 'observed'),
				ask('roster', 'observed'),
				ask('roster-2-of-3', 'observed'),
			],
			SERVICE_AGES,
		),
		applies: ['reader'],
		clause: [iec('CR 2.1'), cra('Annex I Part I (2)(d)')],
		enforcement: 'packages/core/authorize/grant-holder.ts',
		builtTo: 'roster-2-of-3',
		evidence: "grants: where the reader's grants are held, and how many of how many keys sign their roster",
		attack: ['explicit-readers.ts', 'roster-adds-reader.ts', 'roster-stolen-key.ts'],
	},
	{
		id: 'grant-expiry',
		statement: 'A grant ends by itself.',
		scale: spanAtMost(),
		asks: aged([null, ask(years(2), 'observed'), ask(years(1), 'observed'), ask(days(90), 'observed')], SERVICE_AGES),
		applies: ['reader'],
		clause: 'ours',
		enforcement: readDecision,
		builtTo: seconds(1),
		evidence: "grants: the longest span, from grant to end, among the reader's grants that stand",
		attack: ['grant-expiry.ts'],
	},
	{
		id: 'roster-age',
		statement: 'The oldest roster that is still acted on.',
		scale: spanAtMost(),
		asks: [null, null, ask(days(7), 'observed'), ask(hours(24), 'observed')],
		applies: ['device', 'reader'],
		clause: 'ours',
		enforcement: 'packages/owner/follow/roster.ts',
		builtTo: seconds(1),
		evidence: "owner: how long the roster is good that the device or reader fetched last, until that roster's end",
		attack: ['roster-rollback.ts', 'roster-withheld.ts'],
	},
	{
		id: 'live-revocation',
		statement: 'When a grant or certificate is lost, a live subscription is cut within this time.',
		scale: spanAtMost(),
		asks: aged(
			[null, ask(seconds(60), 'observed'), ask(seconds(5), 'observed'), ask(seconds(1), 'observed')],
			SERVICE_AGES,
		),
		applies: ['service'],
		clause: [iec('CR 2.6')],
		enforcement: 'packages/service/delivery/cuts.ts',
		builtTo: seconds(1),
		evidence:
			'service: the longest time from a loss to the cut: of each real revocation, and between two looks at rights that end by themselves',
		attack: [
			'live-revocation.ts',
			'ocsp-responder-barred.ts',
			'ocsp-serial.ts',
			'ocsp-two-lists.ts',
			'ocsp-two-nonces.ts',
			'revocation-behind-enrolments.ts',
		],
	},
	{
		id: 'signed-commands',
		statement: 'A device obeys only a signed, fresh command; a dangerous one needs two signers at the strictest level.',
		scale: steps('signed', 'two-signers'),
		asks: aged([null, null, ask('signed', 'observed'), ask('two-signers', 'observed')], CONNECTION_AGES),
		applies: ['device'],
		clause: [iec('CR 2.12'), iec('CR 3.1 RE(1)')],
		enforcement: 'packages/core/command/judge-command.ts',
		builtTo: 'two-signers',
		evidence:
			'receipt: signed by the device for a command that it obeyed or refused, with the number of signers that it asks for a dangerous one',
		attack: ['command-forged.ts', 'command-one-signer.ts', 'command-other-device.ts', 'command-replayed.ts'],
	},
	{
		id: 'dual-control',
		statement: 'A privileged operation takes two people; an override expires and is recorded.',
		scale: asked,
		asks: [null, null, null, ask(true, 'observed')],
		applies: ['service'],
		clause: [iec('CR 2.1 RE(3)'), iec('CR 2.1 RE(4)')],
		...unbuilt,
	},
]);
