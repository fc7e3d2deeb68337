import { count } from './found-key.ts';
import { devicesOfPlaces, firstOf, MOST_PLACES } from './places-alike.ts';
import type { PskFinding, PskFleet } from './psk-fleet.ts';

/** Endings of a copy of a file. */
const COPY = /(?:\.(?:bak|backup|old|orig|save|dist|dpkg-[a-z]{1,8})|~)$/i;
/** The file of a row, also one that lies in another; a copy beside it is the same. */
const fileOf = (fleet: PskFleet, row: number): string => {
	const { file, label } = fleet.place(row);
	return JSON.stringify([file.replace(COPY, ''), label.slice(0, label.lastIndexOf(': ') + 1)]);
};

/** True when these rows are the key of one Wi-Fi network, which in one file may have several names (`plant` and `plant-5G`). */
export const areOfOneNetwork = (fleet: PskFleet, rows: readonly number[]): boolean => {
	const names = new Map<string, Set<string>>();
	for (const row of rows) {
		const ssid = fleet.network(row)?.ssid;
		if (ssid === undefined) return false;
		const file = fileOf(fleet, row);
		names.set(file, (names.get(file) ?? new Set()).add(ssid));
	}
	const [first, ...others] = names.values();
	const own = new Set(first);
	let left = others;
	while (left.length > 0) {
		const rest: Set<string>[] = [];
		const joined: Set<string>[] = [];
		for (const some of left) ([...some].some((name) => own.has(name)) ? joined : rest).push(some);
		if (joined.length === 0) return false;
		for (const name of joined.flatMap((some) => [...some])) own.add(name);
		left = rest;
	}
	return true;
};

/**
 * The key of a Wi-Fi network on several stations. Its access points and one station are the ends of a link. With a second station it is
 * shared, as such networks are made: high where the stations are devices by name, medium where no file names them. So is it on a second
 * access point of the same name: low, as it is meant.
 */
export const sharedNetwork = (fleet: PskFleet, rows: readonly number[]): PskFinding | null => {
	const stations = rows.filter((row) => fleet.network(row)?.isAccessPoint === false);
	const named = new Set(stations.map((row) => fleet.holder(row) ?? ''));
	named.delete('');
	const files = new Set(stations.map((row) => fileOf(fleet, row)));
	const placed = stations.length > MOST_PLACES ? [] : devicesOfPlaces(stations.map((row) => fleet.place(row)));
	const finding = {
		check: 'shared-psk',
		rows,
		attack:
			'A thief of one of these devices can join the network and pose as its access point; with WPA2 also read what the others send.',
		mend: 'Give each device another key of the network (WPA-Enterprise, or hostapd’s wpa_psk_file), or let nothing rest on being in it.',
	} as const;
	if (named.size > 1 || placed.length > 1) {
		const devices = Math.max(named.size, placed.length);
		const names = named.size > 1 ? '' : `, by the names of their places: ${firstOf(placed)}`;
		return {
			...finding,
			severity: 'high',
			detail: `${count(devices, 'device')} have the PSK of one Wi-Fi network${names}.`,
		};
	}
	if (files.size > 1)
		return {
			...finding,
			severity: 'medium',
			detail: `The PSK of one Wi-Fi network lies in ${files.size} files of stations, and no file names its device.`,
		};
	if (rows.every((row) => fleet.network(row)?.isThread === true)) {
		const datasets = new Set(rows.map((row) => fileOf(fleet, row)));
		if (datasets.size < 2) return null;
		return {
			...finding,
			severity: 'low',
			detail: `${datasets.size} datasets of one Thread network have its key, as all of its devices must.`,
			attack: 'A thief of one of these devices can join the network and read what the others send.',
			mend: 'Let nothing rest on being in the network; change its key when a device is lost.',
		};
	}
	const points = new Set(rows.filter((row) => !stations.includes(row)).map((row) => fileOf(fleet, row)));
	if (points.size < 2) return null;
	return {
		...finding,
		severity: 'low',
		detail: `${points.size} access points have the PSK of one Wi-Fi network, as those do between which stations roam.`,
	};
};
