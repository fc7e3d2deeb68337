import { registeredThumbprint } from '@keyward/core/enrol/registered-key';
import { coseThumbprint, type Roster } from '@keyward/core/seal';
import { type Change, filesAfter, type FileMap, readRoots, rostersIn } from '@keyward/owner';
import { printMoment } from '../moment.ts';

const kemThumb = (key: Uint8Array): string =>
	Buffer.from(registeredThumbprint({ purpose: 'kem', key })).toString('hex');

const thumb = (key: Uint8Array): string => Buffer.from(coseThumbprint(key)).toString('hex');

/** What a change does, in sentences: who gains and who loses what, which keys are new, until when. For a person, before signing. */
export const describeChange = (change: Change): string[] => {
	const after = filesAfter(change);
	const before = rostersIn(change.base);
	return [
		...rootWords(change.base, after),
		...[...rostersIn(after)].flatMap(([application, roster]) => {
			const old = before.get(application) ?? null;
			return old !== null && Buffer.compare(old.hash, roster.hash) === 0 ? [] : rosterWords(old, roster);
		}),
	];
};

const rootWords = (base: FileMap, files: FileMap): string[] => {
	const [was, is] = [readRoots(base), readRoots(files)];
	if (is === null || is.version === was?.version) return [];
	const words = [
		`${was === null ? 'A NEW OWNER' : `Root version ${is.version}`}: ${is.threshold} of ${is.keys.length} keys must sign, until ${printMoment(is.expires)}.`,
	];
	for (const key of is.keys.filter((one) => was?.keys.includes(one) !== true))
		words.push(`  key ${key} MAY SIGN from now on`);
	for (const key of was?.keys.filter((one) => !is.keys.includes(one)) ?? [])
		words.push(`  key ${key} may sign NO LONGER`);
	if (is.online !== was?.online) words.push(`  the service signs dates with the key ${is.online}`);
	return words;
};

const rosterWords = (old: Roster | null, roster: Roster): string[] => {
	const { application, number, expires } = roster;
	const words = [`Roster ${number} of ${application}, good until ${printMoment(expires)}:`];
	const say = (text: string): void => void words.push(`  ${text}`);
	for (const [id, reader] of roster.readers) {
		const was = old?.readers.get(id);
		const gained = reader.streams.filter((stream) => was?.streams.includes(stream) !== true);
		const lost = was?.streams.filter((stream) => !reader.streams.includes(stream)) ?? [];
		if (gained.length > 0)
			say(`${id} GAINS ${gained.join(', ')} until ${printMoment(reader.expires)} (${reader.purpose})`);
		if (lost.length > 0) say(`${id} LOSES ${lost.join(', ')}`);
		if (was === undefined || Buffer.compare(was.key, reader.key) !== 0)
			say(`${id} has ${was === undefined ? 'the key' : 'ANOTHER KEY:'} ${thumb(reader.key)}`);
		if (reader.kem !== undefined && (was?.kem === undefined || Buffer.compare(was.kem, reader.kem) !== 0))
			say(`${id} has ${was?.kem === undefined ? 'the ML-KEM key' : 'ANOTHER ML-KEM key:'} ${kemThumb(reader.kem)}`);
		if (was?.kem !== undefined && reader.kem === undefined) say(`${id} has no ML-KEM key any more`);
		if (was !== undefined && was.expires !== reader.expires && gained.length === 0)
			say(`${id} may read until ${printMoment(reader.expires)} instead of ${printMoment(was.expires)}`);
		if (was !== undefined && was.purpose !== reader.purpose) say(`${id} is for ${reader.purpose} now`);
	}
	for (const [id, { streams }] of old?.readers ?? [])
		if (!roster.readers.has(id)) say(`${id} LOSES ${streams.join(', ')}`);
	for (const [id, { key, previous }] of roster.devices) {
		const was = old?.devices.get(id);
		if (was === undefined) say(`device ${id} is NEW; its stream key is ${thumb(key)}`);
		else if (Buffer.compare(was.key, key) !== 0) say(`device ${id} has ANOTHER STREAM KEY: ${thumb(key)}`);
		const before = was?.previous ?? null;
		if (previous !== null && (before === null || Buffer.compare(before, previous) !== 0))
			say(`device ${id} MAY STILL SIGN by the key before: ${thumb(previous)}`);
		if (previous === null && before !== null) say(`device ${id} signs by the key before no longer`);
	}
	for (const id of old?.devices.keys() ?? []) if (!roster.devices.has(id)) say(`device ${id} is on it NO LONGER`);
	for (const [id, { key, expires: until }] of roster.commanders) {
		const was = old?.commanders.get(id);
		if (was === undefined) say(`${id} MAY COMMAND until ${printMoment(until)}; the key is ${thumb(key)}`);
		else if (Buffer.compare(was.key, key) !== 0)
			say(`${id} MAY COMMAND BY ANOTHER KEY until ${printMoment(until)}: ${thumb(key)}`);
		else if (was.expires !== until)
			say(`${id} may command until ${printMoment(until)} instead of ${printMoment(was.expires)}`);
	}
	for (const id of old?.commanders.keys() ?? []) if (!roster.commanders.has(id)) say(`${id} may command NO LONGER`);
	if (old === null || JSON.stringify(old.signers) !== JSON.stringify(roster.signers))
		say(`a dangerous command needs ${roster.signers.dangerous} signer${roster.signers.dangerous === 1 ? '' : 's'}`);
	for (const [name, danger] of roster.commands) {
		if (danger === 'harmless' && old?.commands.get(name) !== 'harmless')
			say(`the command ${name} is HARMLESS: one signer is enough`);
		if (danger === 'dangerous' && old?.commands.get(name) === 'harmless') say(`the command ${name} is dangerous now`);
	}
	for (const [name, danger] of old?.commands ?? [])
		if (danger === 'harmless' && !roster.commands.has(name)) say(`the command ${name} is dangerous now`);
	for (const [name, terms] of roster.streams) {
		const was = old?.streams.get(name);
		if (was?.sealed === true && !terms.sealed) say(`${name} IS SEALED NO LONGER: the service reads it`);
		if (JSON.stringify(was) !== JSON.stringify(terms))
			say(
				`stream ${name}: ${terms.sealed ? `sealed, suite ${terms.suite}` : 'NOT sealed'}, signed ${terms.signed === 'each' ? 'each' : `within ${terms.signed.within / 1000} s`}, ` +
					`a key for ${terms.epoch / 60_000} min at most, in ${JSON.stringify(terms.unit)}, ` +
					`${terms.every === null ? 'at any time' : `every ${terms.every / 1000} s`}${terms.essential ? ', essential' : ''}`,
			);
	}
	for (const name of old?.streams.keys() ?? []) if (!roster.streams.has(name)) say(`stream ${name} is gone`);
	if (words.length === 1) say('the same as before, for longer');
	return words;
};
