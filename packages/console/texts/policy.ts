export const policyTexts = {
	policy: {
		title: 'Policy',
		lead: 'What every link of an application is held to. Changed here, checked as you type, and compared before it is applied.',
		none: 'No application yet',
		noneHelp: 'An application begins with its policy. Start from this one, and name your own streams and devices.',
		application: 'Application',
		newOne: 'new application',
		text: 'Policy, YAML',
		mode: 'Mode',
		enforce: 'enforced: what falls short is refused',
		audit: 'audit only: what falls short is let in, and shown',
		inForce: (epoch: number) => `Epoch ${epoch}, in force since`,
		unchanged: 'As in force.',
		good: 'The text is a policy.',
		findings: (count: number) => (count === 1 ? '1 thing to mend' : `${count} things to mend`),
		place: (line: number, column: number) => `Line ${line}, column ${column}`,
		revert: 'Back to what is in force',
		keep: 'What you type is kept in this tab until you leave the console.',
		asks: 'What the levels ask',
		level: (objective: string, level: number) => `${objective}, level ${level}`,
		from: { level: 'by the level', tightened: 'tightened' },
		nothing: 'asks nothing',
		notBuilt: 'not in this version',
		upTo: (value: string) => `this version: up to ${value}`,
		streams: 'Streams',
		devices: 'Device classes',
		stream: 'Stream',
		unit: 'Unit',
		every: 'Every',
		readers: 'May be granted to',
		nobody: 'nobody',
		class: 'Class',
		custody: 'Key lives in',
		writes: 'Writes',
		changes: 'What the change does',
		noChanges: 'No requirement changes.',
		requirement: 'Requirement',
		now: 'Now',
		afterwards: 'Then',
		direction: { stricter: 'stricter', laxer: 'laxer' },
		compare: 'Compare',
		comparing: 'Looking what it would cut …',
		cut: (cut: number, narrowed: number, live: number) =>
			cut + narrowed === 0
				? `Nothing live is cut: ${live} ${live === 1 ? 'session goes' : 'sessions go'} on.`
				: `Of ${live} live ${live === 1 ? 'session' : 'sessions'}, ${cut} would be cut${narrowed > 0 ? ` and ${narrowed} held to essential streams` : ''}.`,
		essential: 'essential streams only',
		lost: (count: number) => `${count} ${count === 1 ? 'grant' : 'grants'} would hold no longer:`,
		given: (reader: string, of: 'operations' | 'streams', names: readonly string[]) =>
			`${reader} may now ${of === 'operations' ? 'call' : 'be granted'} ${names.join(', ')}.`,
		taken: (reader: string, of: 'operations' | 'streams', names: readonly string[]) =>
			`${reader} may no longer ${of === 'operations' ? 'call' : 'be granted'} ${names.join(', ')}.`,
		fresh: 'A new application: nothing is cut.',
		more: (count: number) => `and ${count} more`,
		apply: 'Apply',
		applyTitle: (application: string) => `Apply this policy to ${application}`,
		applyHelp: 'It is in force at once, as the next epoch; whatever is open is judged by it before the answer comes.',
		applied: (application: string, epoch: number, cut: number) =>
			`${application} is held to policy epoch ${epoch}; ${cut} live ${cut === 1 ? 'session was' : 'sessions were'} cut.`,
		stale: 'Another person applied a policy meanwhile. What you typed is kept: compare it again.',
		example: `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 1, resistance: 1 }
mode: audit
streams:
  temperature: { unit: Cel, every: 10s, readers: [control-room] }
devices:
  sensor: { custody: [software, tpm2], streams: [temperature] }
`,
	},
} as const;
