import { hours, seconds } from '../../units/milliseconds.ts';
import { asked, spanAtMost, steps } from '../scale.ts';
import { years } from '../span.ts';
import { aged, ask, CONNECTION_AGES, cra, en, entries, every, iec, SERVICE_AGES } from './entry.ts';

/** A thief with the device gains little, and the work goes on. */
export const resistance = entries('resistance', [
	{
		id: 'debug-port-closed',
		statement: 'The debug port of a device in the field is closed.',
		scale: asked,
		asks: [null, ask(true, 'claimed'), ask(true, 'endorsed'), ask(true, 'attested', hours(1))],
		applies: ['device'],
		clause: [iec('EDR 2.13'), en('5.6-4A')],
		enforcement: 'packages/core/enrol/requested-key.ts',
		builtTo: true,
		evidence:
			"device: lock bits that its kernel shows (claimed); its manufacturer's signed manifest, by the part in it (endorsed); TPM2_Quote of PCR 7 with its boot log, in which firmware must measure a debugger, by firmware of a release (attested). What a device says against itself counts against all",
		attack: ['boot-log-lies.ts', 'debug-port-open.ts', 'debug-word-old.ts'],
	},
	{
		id: 'side-channel-evidence',
		statement: 'The part is certified against leakage; at the strictest level the product was measured as well.',
		scale: steps('part', 'part-and-test'),
		asks: [null, null, ask('part', 'endorsed'), ask('part-and-test', 'endorsed')],
		applies: ['device'],
		clause: ['ISO/IEC 17825'],
		enforcement: 'packages/core/attest/side-channel.ts',
		builtTo: 'part-and-test',
		evidence:
			"manufacturer: the part's certificate by a scheme and level that try side channels, until it expires, and a passed leakage test of the product, in its signed manifest",
		attack: ['side-channel-level.ts'],
	},
	{
		id: 'tamper-noticed',
		statement: 'A device notices that it is opened and, at the stricter levels, reports it.',
		scale: steps('noticed', 'reported'),
		asks: [null, ask('noticed', 'claimed'), ask('reported', 'claimed'), ask('reported', 'observed', years(1))],
		applies: ['device'],
		clause: [iec('EDR 3.11'), iec('EDR 3.11 RE(1)')],
		enforcement: 'packages/agent/facts/tamper-watch.ts',
		builtTo: 'reported',
		evidence:
			'device: that its agent watches switches of its case and reports; observed when the report of an opened case came here, a drill or not, and a person closed its incident. While that is open, evidence against it',
		attack: ['tamper-noticed.ts', 'tamper-forgotten.ts'],
	},
	{
		id: 'reach-bound',
		statement:
			'How many other devices fall when a sensor is opened (a gateway: besides those behind it); at the strictest level no key leaves it either.',
		scale: steps('any', 'none', 'none-and-no-key'),
		asks: [
			ask('any', 'observed'),
			ask('none', 'observed'),
			ask('none', 'observed'),
			ask('none-and-no-key', 'observed'),
		],
		applies: ['device'],
		clause: [en('5.4-4'), cra('Annex I Part I (2)(k)')],
		enforcement: 'packages/core/enrol/requested-key.ts',
		builtTo: 'none-and-no-key',
		evidence:
			'trust graph: what falls with each device on the registry of this moment (docs/reach.md); a part that is only claimed, or simulated, counts as a file',
		attack: ['reach-bound.ts'],
	},
	{
		id: 'containment-time',
		statement: 'From a report to the cut takes no longer than this.',
		scale: spanAtMost(),
		asks: [null, ask(hours(1), 'observed'), ask(seconds(60), 'observed'), ask(seconds(1), 'observed')],
		applies: ['service'],
		clause: [iec('CR 2.6'), cra('Annex I Part I (2)(k)')],
		enforcement: 'packages/service/incident/containment-steps.ts',
		builtTo: seconds(1),
		evidence:
			'service: of the last containment, the time from the call until the session was cut and every certificate refused; a site that never contained a device has none',
		attack: ['containment-time.ts'],
	},
	{
		id: 'least-function',
		statement: 'Open ports and running services are those declared, and defaults are secure.',
		scale: asked,
		asks: aged(
			[ask(true, 'claimed'), ask(true, 'claimed'), ask(true, 'observed'), ask(true, 'observed')],
			CONNECTION_AGES,
		),
		applies: ['device', 'service'],
		clause: [iec('CR 7.7'), en('5.6-1'), en('5.6-5'), cra('Annex I Part I (2)(b)'), cra('Annex I Part I (2)(j)')],
		enforcement: 'packages/core/device/least-function.ts',
		builtTo: true,
		evidence:
			'device: the ports and services that its agent finds, compared with those of its class in the policy; claimed, and observed while its TPM shows by IMA that every file it ran is of a release. Service: its open ports by the kernel, compared with its settings',
		attack: ['least-function.ts', 'functions-claimed.ts'],
	},
	{
		id: 'overload-held',
		statement: 'A flood or a reconnect storm leaves admitted devices served.',
		scale: asked,
		asks: every(true, 'observed'),
		applies: ['service'],
		clause: [iec('CR 7.1'), iec('CR 7.1 RE(1)'), iec('CR 7.2'), cra('Annex I Part I (2)(h)')],
		enforcement: 'packages/service/thread/lanes.ts',
		builtTo: true,
		evidence:
			'service: the longest wait of admitted devices for an acknowledgement while 20 requests or more were refused for their budgets, none above a second; a site that was never overloaded has the claim alone',
		attack: [
			'entity-tags.ts',
			'flood-chains.ts',
			'flood-connections.ts',
			'flood-early-chains.ts',
			'flood-empty-maps.ts',
			'flood-filters.ts',
			'flood-flights.ts',
			'flood-health.ts',
			'flood-key-updates.ts',
			'flood-long-filter.ts',
			'flood-parts.ts',
			'flood-ocsp.ts',
			'flood-pings.ts',
			'flood-reads.ts',
			'flood-requests.ts',
			'flood-resets.ts',
			'flood-streams.ts',
			'flood-tokens.ts',
			'renegotiation.ts',
			'renewal-flood.ts',
			'stream-over-pace.ts',
		],
	},
	{
		id: 'essential-function',
		statement: 'No security measure loses an essential reading: it is let in, marked and alarmed.',
		scale: asked,
		asks: aged(every(true, 'observed'), SERVICE_AGES),
		applies: ['service'],
		clause: [iec('CCSC 1'), cra('Annex I Part I (2)(h)')],
		enforcement: 'packages/core/authorize/essential-session.ts',
		builtTo: true,
		evidence:
			'service: an essential reading that was let in though a measure stood against its device; a policy without an essential stream loses none',
		attack: ['essential-function.ts', 'essential-stranger.ts'],
	},
]);
