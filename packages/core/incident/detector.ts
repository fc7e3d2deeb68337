/** What notices an incident by itself, and what its alarm is worth (IEC 62443-4-2 CR 6.2). */
export interface Detector {
	/** What was seen. */
	readonly says: string;
	/** When it alarms and nothing is wrong. */
	readonly falseAlarms: string;
	/** How often it alarmed in real series in which nothing is wrong (`bench/false-alarms.ts`), and what these cannot show. */
	readonly measured: string;
	/** Nobody but the holder of the device's key can make what it sees: it contains the device by itself. */
	readonly proof: boolean;
}

export const detectors = {
	'two-places': {
		says: 'one identity was at two places: its session was taken over three times within half an hour',
		falseAlarms: 'a device on a bad line that connects again before its old connection is noticed to be dead',
		measured: 'none in 40 connections of two real series; how often lines are bad is not measured',
		proof: false,
	},
	'key-seen-twice': {
		says: 'it asked for a certificate for a key that another device has, or had',
		falseAlarms: 'an image of one device that was copied to another before either was commissioned',
		measured: 'none as the two devices of the real series were commissioned; copied images are not measured',
		proof: false,
	},
	'counter-fork': {
		says: 'two different records with its signature have the same epoch and sequence number',
		falseAlarms:
			'a device whose folder was set back to an old copy (a virtual machine, a restored disk) signs a number twice: two states of one key are then in use all the same',
		measured: 'not measured: sealed streams alone have it, and the real series are sent open',
		proof: true,
	},
	replay: {
		says: 'it sent another record under the name or number of one that is stored',
		falseAlarms: 'a device whose clock was set back, and which reads another value at a moment that it had sent before',
		measured: 'none in 28,588 readings of two real series; clocks that are set back are not measured',
		proof: false,
	},
	attestation: {
		says: 'its evidence of key or boot was refused, or did not come',
		falseAlarms:
			'an update whose boot reference values nobody added; a part whose manufacturer the site does not name yet',
		measured: 'not measured: the devices of the real series keep their keys in files',
		proof: false,
	},
	'impossible-rate': {
		says: 'its values changed faster than their quantity can, or it sent more often than it may',
		falseAlarms: 'a sensor that was unplugged, moved or calibrated; an instrument that starts up',
		measured: 'none in 28,588 readings of two real series; docs/incidents.md has what a largest-change costs',
		proof: false,
	},
	'handshake-changed': {
		says: 'its certificate was used by another TLS client than before, and no new release, certificate or key explains it',
		falseAlarms:
			'a new Node or OpenSSL under the agent that was not installed by a release; a person who tries the link with another program and the key of the device',
		measured:
			'none in 100 connections as the agent makes them on Node 24, and over a restart of the service; renewals and upgrades of Node are not measured',
		proof: false,
	},
	tamper: {
		says: 'it reported that its case was opened',
		falseAlarms: 'maintenance that nobody announced; a loose switch',
		measured: 'not measured: it is the word of a switch',
		proof: false,
	},
	'ledger-fork': {
		says: 'a witness or a reader knows another history of the ledger: the data folder was put back from a copy, or rewritten',
		falseAlarms:
			'a witness that errs or lies, or an answer that was faked on a network without TLS; a restore that was made by hand and not by keyward restore',
		measured: 'not measured: the real series were sent to a site without witnesses, and read by nobody',
		proof: false,
	},
} as const satisfies Readonly<Record<string, Detector>>;

export type DetectorName = keyof typeof detectors;

/** One that looks at devices. */
export type DeviceDetector = Exclude<DetectorName, 'ledger-fork'>;

export const detectorNames = Object.keys(detectors) as readonly DetectorName[];

/** What an incident was opened for: a detector's name, or `reported` by a person. */
export type IncidentCause = DetectorName | 'reported';

export const incidentCauses: readonly IncidentCause[] = ['reported', ...detectorNames];
