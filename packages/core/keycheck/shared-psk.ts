import { alikeRows } from './alike-rows.ts';
import { areCopies, areOfOneMachine, areTrials } from './copies.ts';
import { copiedSecret } from './copied-secret.ts';
import { count } from './found-key.ts';
import { devicesOfPlaces, firstOf, MOST_PLACES, sectionsOf } from './places-alike.ts';
import { fileOfProfile, sectionsOfOne } from './profile.ts';
import { areOfOneNetwork, sharedNetwork } from './shared-network.ts';
import { LONGEST_SECRET, type PskCheck, type PskFinding, type PskFleet } from './psk-fleet.ts';

/**
 * One PSK on several devices (CR 1.2 RE(1), CR 1.5; EN 303 645 5.4-4). The same device in two lists, or with two roles for one
 * secret (LoRaWAN 1.0's AppKey and NwkKey), is one holder, and so is one name, unless it is no more than a
 * word and stands in places that are called after devices; a place that names no device, such as a copy in a project or the other end
 * of a link, names no holder either. Two rows of one list are two devices, even where no column is known to name them.
 *
 * False alarms: two equal random secrets of 16 octets among a million: 2^-89. One device under two names is reported.
 */
export const checkSharedPsks: PskCheck = ({ fleet }) => {
	const findings: PskFinding[] = [];
	/** Secrets that lie in the same files and name no device: lists of which one is a copy of the other. */
	const copies = new Map<string, number[][]>();
	const groups = alikeRows(fleet.size, LONGEST_SECRET, (row, key) => fleet.copySecret(row, key) || -1);
	for (const rows of groups) {
		if (areOfOneNetwork(fleet, rows)) {
			const finding = sharedNetwork(fleet, rows);
			if (finding !== null) findings.push(finding);
			continue;
		}
		const copied = copiedSecret(fleet, rows);
		if (copied !== null) {
			findings.push(copied);
			continue;
		}
		if (rows.every((row) => fleet.role(row) === 'tlsGroupKey')) {
			findings.push({ ...ofGroup, rows });
			continue;
		}
		const holders = holdersOf(fleet, rows);
		if (holders > 1)
			findings.push({
				...shared,
				severity: 'critical',
				rows,
				detail: `${count(holders, 'device')} have the same PSK.`,
			});
		const isAccount = holders === 1 && rows.every((row) => isGeneric(fleet.device(row)));
		if (holders > 0 && !isAccount && !rows.every((row) => fleet.role(row) === 'peerPresharedKey')) continue;
		const devices =
			rows.length > MOST_PLACES || rows.some((row) => isOfLink(fleet, row))
				? []
				: devicesOfPlaces(rows.map((row) => fleet.place(row)));
		if (devices.length > 1) {
			findings.push({
				...shared,
				severity: 'critical',
				rows,
				detail: `${count(devices.length, 'device')} have the same PSK, by the names of their places: ${firstOf(devices)}.`,
			});
			continue;
		}
		if (isAccount) {
			const times = Math.max(rowsOfOneList(fleet, rows), linesOfOneFile(fleet, rows));
			if (times > 1)
				findings.push({
					...shared,
					severity: 'high',
					rows,
					detail: `The same PSK stands at ${times} places of one file under one name, as of an account or a role: it tells no devices apart.`,
				});
			continue;
		}
		const listed = rowsOfOneList(fleet, rows);
		if (listed > 1) {
			findings.push({
				...shared,
				severity: 'high',
				rows,
				detail: `The same PSK stands in ${listed} rows of one list, in which no column is known to name the devices.`,
			});
			continue;
		}
		const repeated = linesOfOneFile(fleet, rows);
		if (repeated > 1) {
			findings.push({
				...shared,
				severity: rows.every((row) => isDocument(fleet.file(row))) ? 'low' : 'medium',
				rows,
				detail: `The same PSK stands at ${repeated} places of one file, which names no device.`,
			});
			continue;
		}
		// WireGuard's PresharedKey belongs to a link, as does RADIUS's secret: each of its two ends has it.
		const ends = rows.every((row) => isOfLink(fleet, row) || fleet.role(row) === 'sharedSecret') ? 2 : 1;
		const files = [...new Set(rows.map((row) => fleet.file(row)))].toSorted();
		if (new Set(files.map(fileOfProfile)).size <= ends || areOfOneMachine(files)) continue;
		if (rows.every((row) => fleet.role(row) === 'networkKey') && areOfOneCoordinator(files)) continue;
		const key = JSON.stringify(files);
		copies.set(key, [...(copies.get(key) ?? []), [...rows]]);
	}
	for (const [key, groupsThere] of copies) {
		const names = (JSON.parse(key) as unknown[]).map(String);
		const files = names.length;
		const isMeant = areCopies(names) || areTrials(names) || names.every(isDocument);
		findings.push({
			...shared,
			severity: isMeant ? 'low' : 'medium',
			rows: groupsThere.flat(),
			detail:
				groupsThere.length === 1
					? `The same PSK lies in ${files} files, and no file names its device.`
					: `${groupsThere.length} PSKs lie in the same ${files} files, and no file names their devices: copies of one list, or of one set of settings, are no sharing.`,
		});
	}
	return findings;
};

/**
 * A name that several devices may well have, as settings come with it: a role, an account or a number (`coap_user`, `default`, `1`).
 * A word that is a device's only name is one as well: only places that are called as devices are then tell them apart.
 */
const isGeneric = (name: string | null): boolean => name !== null && (/^\D+$/.test(name) || /^\d{1,3}$/.test(name));

/** A text for people, whose examples are shown at several places. */
const isDocument = (file: string): boolean => /\.(?:md|markdown|mdx|rst|adoc|asciidoc|html?)$/i.test(file);

/** The settings of a Zigbee coordinator and its backup beside them. */
const areOfOneCoordinator = (files: readonly string[]): boolean =>
	new Set(files.map((file) => file.slice(0, 1 + Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\'))))).size === 1 &&
	files.some((file) => /backup[^/\\]{0,32}$/i.test(file));

/**
 * A key of a peer is; WireGuard's have 32 octets. One of TSIG has the name of its link, and both ends call it so; that of `rndc` has one
 * name everywhere.
 */
const isOfLink = (fleet: PskFleet, row: number): boolean =>
	fleet.role(row) === 'peerPresharedKey' ||
	(fleet.role(row) === 'tsig' && !/\brndc/i.test(`${fleet.place(row).label} ${fleet.file(row)}`)) ||
	(fleet.role(row) === 'presharedKey' && fleet.secret(row).length === 32);

/**
 * How many devices hold the secret. A peer of WireGuard names the other end of its link, so that peers count only where one set
 * of settings names them: its own other ends, which are as many devices.
 */
const holdersOf = (fleet: PskFleet, rows: readonly number[]): number => {
	const groups = new Map<string, Set<string>>();
	for (const row of rows) {
		const holder = fleet.holder(row);
		if (holder === null) continue;
		const { file, label } = fleet.place(row);
		const [settings = ''] = /^.*?(?=\bline \d)/s.exec(label) ?? [];
		const key = fleet.role(row) === 'peerPresharedKey' ? JSON.stringify([file, settings]) : '';
		groups.set(key, (groups.get(key) ?? new Set()).add(holder));
	}
	const named = Math.max(0, ...[...groups.values()].map(({ size }) => size));
	// One that is called by the secret itself, beside another in the same file, is another device.
	const files = new Set(rows.flatMap((row) => (fleet.holder(row) === null ? [] : [fleet.file(row)])));
	const isCalledSo = (row: number): boolean => fleet.holder(row) === null && fleet.device(row) !== null;
	return named === 1 && rows.some((row) => isCalledSo(row) && files.has(fleet.file(row))) ? 2 : named;
};

/** In how many rows of one list the secret stands: the most of any file. */
const rowsOfOneList = (fleet: PskFleet, rows: readonly number[]): number => {
	const listed = new Map<string, Set<string>>();
	for (const row of rows) {
		const { file, label } = fleet.place(row);
		const [, list, at] = /^(.*?)\b(?:row|entry) (\d+), /s.exec(label) ?? [];
		if (list === undefined || at === undefined) continue;
		const key = JSON.stringify([file, list]);
		listed.set(key, (listed.get(key) ?? new Set()).add(sectionsOfOne(sectionsOf(label)) ?? at));
	}
	return Math.max(0, ...[...listed.values()].map(({ size }) => size));
};

/** At how many places of one file the secret stands as a setting: the most of any file. A link's two ends may well stand in one. */
const linesOfOneFile = (fleet: PskFleet, rows: readonly number[]): number => {
	const files = new Map<string, Set<string>>();
	for (const row of rows) {
		const { file, label } = fleet.place(row);
		const [at] = /^.*\bline \d+, /s.exec(label) ?? [];
		// The same file in several versions of an image or a repository is a copy.
		if (at === undefined || isOfLink(fleet, row) || label.includes(': ')) continue;
		files.set(file, (files.get(file) ?? new Set()).add(sectionsOfOne(sectionsOf(label)) ?? at));
	}
	return Math.max(0, ...[...files.values()].map(({ size }) => size));
};

const shared = {
	check: 'shared-psk',
	attack: 'A thief of one of these devices can read and write as all of them, and nobody can tell which device it is.',
	mend: 'Give each device a different random secret, or better a certificate. Replace this one everywhere at once.',
} as const;

const ofGroup = {
	check: 'shared-psk',
	severity: 'low',
	detail:
		'One key of tls-auth or tls-crypt lies with several, as OpenVPN means it: it only keeps strangers from the server’s port.',
	attack: 'A thief of one of these devices gets as far as the TLS handshake, where the certificates decide.',
	mend: 'Use tls-crypt-v2, by which each client has its own.',
} as const;
