import { isProfile } from '@keyward/core/keycheck';
import type { Content } from '../content/content.ts';
import { type KeyName, keyCalled } from '../list/key-names.ts';
import { plainIdentity } from '../list/identity.ts';
import { couldBeDevice } from '../list/named-key.ts';
import { listsDevices, partOf, underThese } from '../list/part-of.ts';
import { printable } from '../text/printable.ts';

import { alikeLines } from './alike-lines.ts';
import { namedSections, type Secret } from './named-sections.ts';
import type { sectionPath } from './section-path.ts';

/** Lines of settings that belong together: a section, or what stands between two empty lines. */
export interface SettingsBlock {
	/** Told of every line, before what it holds. */
	line(text: string): void;
	/** What a setting of this name is: `key` under `[psk]` is one. */
	keyCalled(name: string): KeyName | null;
	/** A secret of this block, given once the block is whole and with the identity that it names, unless its own name says whose it is. */
	psk(
		label: string,
		secret: Uint8Array,
		role: string,
		named: { readonly device: string | null; readonly text: string; readonly isVague?: boolean },
	): void;
	end(): void;
}

/** More secrets than a block has. */
const MOST = 64;

const SECTION = /^\s*(?:\[\[?\s*([\w.:-]{1,64})\s*\]\]?|([\w.-]{1,64}):)\s*(?:#.*)?$/;
/** A section with its name in quotes: `resource "device" "pump-1" {` of Terraform, `config device 'pump-1'` of OpenWrt. */
const HEADED =
	/^\s{0,64}(?!option\s|list\s|set\s)[\w-]{1,32}(?:\s{1,8}["']?[\w.-]{1,64}["']?)?\s{1,8}["'](?![0-9a-f]{17})([\w.-]{1,64})["']\s{0,8}\{?\s{0,8}$/i;
/** The name of a setting whose value is who uses the secret: `identity = pump-40`, `CONFIG_MQTT_PSK_IDENTITY="pump-40"`. */
const IDENTITY =
	/(?:^|[_.\s"',;&?-])(?:identity|psk_?id|client_?id|dev(?:ice)?_?(?:id|eui)|thing_?name|individual_?address|mac_?address)(?=["'\s=:,>[])|(?:^|[\s,;&?])device(?==)|<(?:id|serial|device|deviceid|identity|eui|mac)(?=>[^<\s])/i;
/** An element that is a device by its name, and the attribute that names which. */
const ELEMENT =
	/<(?:device|node|sensor|meter|gateway|client|thing|station|row|record|entry|item)\s(?:[^<>]{0,128}?\s)?(?:id|name|serial|eui|mac)(?==["'])/i;
/** A name of several words, as an attribute has it. */
const WORDS = /^=["']([\w.:@-]{1,64}(?: [\w.:@-]{1,64}){1,7})["']/;
/** A host of an inventory of Ansible. */
const HOST = /^([\w.-]{1,128})\s+ansible_\w+=/;
/** Names of a host's network interfaces, which tell nobody apart. */
const INTERFACE = /^(?:wlan|eth|wg|tun|tap|en[opsx]|wl[opsx]|radio|br|lo|usb|can|tty)[\w-]{0,12}$/i;
/** The same at the head of an item of a list in YAML. */
const ITEM = /^\s{0,64}-\s{1,8}["']?(?:id|name|serial|device|node|sensor|meter|mac|eui|hostname)(?=["']?:\s)/i;
/** A plant's tag, `FT-201`; that of an image or a release is another. */
const PLANT_TAG =
	/^\s{0,64}-\s{1,8}(?:object[-_]?name(?=:\s{1,8}["']?[\w.-]{0,64}\d)|tag(?=:\s{1,8}["']?[A-Z]{1,6}[-_]?\d{1,6}[A-Z]?["']?\s*$))/;
/** The head of any other item of a list that is a mapping: `- psk: …`. */
const ANY_ITEM = /^\s{0,64}-\s{1,8}["']?[\w.-]{1,64}["']?:(?:\s|$)/;
/** The end of a document of YAML. */
const DOCUMENT = /^---\s*(?:#.*)?$/;
/** Where an element of XML begins, and where one ends. */
const CLOSED = /^\s{0,64}(?:<\/[\w:.-]{1,64}>\s{0,64}){1,32}/;
const TAG = /<[A-Za-z]|<\/[A-Za-z]|\/>/g;
/** The same of what may well be something else: only a name with a number counts. */
const FIELD =
	/^[\s>*-]{0,64}(?:<name(?=>[^<\s])|(?:device|node|sensor|meter|pump|serial(?:[ _](?:no|number))?\.?)(?=\s{0,8}[:=]\s))/i;
/** The same in JSON in one line. */
const JSON_FIELD = /[{,]\s{0,8}["'](?:device|node|sensor|meter|serial)["'](?=\s{0,2}:)/i;
const LONGEST_LINE = 512;

/** What may follow a value: the end of the line, the mark that closes it, or the next setting. */
const AFTER =
	/^(?:["';,)\s]*$|["'](?:\s{0,8}[,;}\]/>]|\s{1,8}\w)|<\/|[;,&\s]\s{0,8}[\w.-]{1,64}\s{0,8}[=:]|\s{1,8}-{1,2}[a-z])/i;

/** Who a line of settings says uses the secret; null where it says nothing of it. */
const identityIn = (line: string): string | null => {
	const text = line.slice(0, LONGEST_LINE);
	const [, host] = HOST.exec(text) ?? [];
	if (host !== undefined) return host;
	const element = ELEMENT.exec(text);
	const [, words] = element === null ? [] : (WORDS.exec(text.slice(element.index + element[0].length)) ?? []);
	if (words !== undefined) return words;
	const sure = IDENTITY.exec(text) ?? ITEM.exec(text) ?? PLANT_TAG.exec(text) ?? element;
	const name = sure ?? FIELD.exec(text) ?? (text.includes('{') ? JSON_FIELD.exec(text) : null);
	if (name === null) return null;
	const after = text.slice(name.index + name[0].length).replace(/^(?:\[\d{0,4}\])?["'\s=:,>]+/, '');
	const [value = ''] = /^[\w.:@-]{1,128}/.exec(after) ?? [];
	const isName = /\d/.test(value) || (/device/i.test(name[0]) && /[a-z][-_][a-z]/i.test(value));
	if (sure === null && !(isName && couldBeDevice(value))) return null;
	return value !== '' && !INTERFACE.test(value) && AFTER.test(after.slice(value.length)) ? value : null;
};

/** A name in settings that means a key only by the section that it stands in. */
const VAGUE = /^(key|secret|value|hex)$/i;

/** A peer of WireGuard is named by its key, or by the addresses that are its own (wg(8)). */
const PEER = /^\s*(PublicKey|AllowedIPs)\s*=\s*([^\s,#]{3,128})/i;
/** The same in an array of tables of TOML, `[[device]]`. */
const TABLE_ID = /^\s*(?:id|name|alias|device|host|hostname|node|serial|eui|mac)\s*=\s*["']([\w.:@-]{1,128})["']/i;

/** `isEncoded`: identities stand in base64. */
export const settingsBlock = (
	content: Pick<Content, 'psk'>,
	isEncoded: boolean,
	path: ReturnType<typeof sectionPath>,
): SettingsBlock => {
	let section = '';
	let secrets: Secret[] = [];
	const identities = new Set<string>();
	/** How far in the item of a list stands whose settings these are; -1 outside of one. */
	let item = -1;
	/** Of an item that no name heads: whether it has more than one line, and how many secrets stood before it. */
	let open: { hasMore: boolean; before: number } | null = null;
	/** How many elements of XML are open: behind the line, the fewest that one closed in it left, the most at its ends, and around the identity. */
	let elements = { depth: 0, lowest: Infinity, here: 0, named: 0 };
	/** Who the peer of WireGuard is whose settings these are. */
	let peer: { readonly name: string; readonly isKey: boolean } | null = null;
	let interfaces = 0;
	let isTable = false;
	const parts = new Map<string, string>();
	const give = ({ label, secret, role, under, outers, list }: Secret, device: string | null): void => {
		if (device === null) return content.psk(`${label}${under}`, secret, null, role);
		const around = outers.filter((name) => name !== device);
		const named = partOf(parts, device, around, list);
		content.psk(`${label} of ${printable(device)}${underThese(around)}`, secret, named, role);
	};
	const lines = alikeLines(give);
	const sections = namedSections((one, device) => (device === null ? lines.add(one, one.text) : give(one, device)));
	const flush = (): void => {
		// Two identities in one block: nobody can tell whose the secret is.
		const device = identities.size === 1 ? ([...identities][0] ?? null) : null;
		for (const one of secrets) {
			const isPeer = peer !== null && one.role === 'presharedKey';
			// The two ends of a link, as manuals show them in one text, are two interfaces.
			const label = isPeer && interfaces > 1 ? `interface ${interfaces}, ${one.label}` : one.label;
			if (isPeer) give({ ...one, label, role: 'peerPresharedKey' }, peer?.name ?? null);
			else if (device !== null || identities.size > 0) give(one, device);
			else sections.add(one);
		}
		secrets = [];
		identities.clear();
		peer = null;
		if (open !== null) open.before = 0;
	};
	/** An item of a list, a document or an element that names who it is about is what belongs together, whatever its order. */
	const follow = (text: string): void => {
		if (DOCUMENT.test(text)) {
			flush();
			item = -1;
			open = null;
		}
		const indent = text.search(/\S/);
		const begins = ITEM.test(text.slice(0, LONGEST_LINE));
		const isLeft = item !== -1 && indent <= item;
		// An item that names nobody may be a part of what stands around it; so may items of one line each.
		if (begins || (isLeft && (open === null || (open.hasMore && identities.size > 0)))) flush();
		if (begins) {
			item = indent;
			open = null;
		} else if ((isLeft || (item === -1 && identities.size === 0)) && ANY_ITEM.test(text.slice(0, LONGEST_LINE))) {
			item = indent;
			open = { hasMore: false, before: secrets.length };
		} else if (isLeft) {
			item = -1;
			open = null;
		} else if (open !== null) open.hasMore = true;
		followElements(text);
	};
	const followElements = (text: string): void => {
		const isOver = (level: number) => identities.size > 0 && level < elements.named;
		// What closed in the line before, it closed behind the secrets of that line.
		if (isOver(elements.lowest)) flush();
		if (elements.depth === 0 && !text.includes('<')) return;
		const [closed = ''] = CLOSED.exec(text) ?? [];
		let depth = Math.max(0, elements.depth - closed.split('<').length + 1);
		if (isOver(depth)) flush();
		let lowest = Infinity;
		const before = depth;
		for (const [tag] of text.slice(closed.length).matchAll(TAG)) {
			depth = Math.max(0, depth + (tag.includes('/') ? -1 : 1));
			if (tag.includes('/')) lowest = Math.min(lowest, depth);
		}
		elements = { depth, lowest, here: Math.max(before, depth), named: elements.named };
	};
	/** What stood in items before this one is not of the one whom this one names. */
	const partBefore = (): void => {
		if (open === null || open.before === 0 || identities.size > 0) return;
		const own = secrets.splice(open.before);
		flush();
		secrets = own;
	};
	return {
		line(text) {
			lines.line(text);
			if (text.trim() !== '') follow(text);
			const [, bracketed, plain] = SECTION.exec(text) ?? [];
			const [, quoted] = HEADED.exec(text) ?? [];
			const keyed = plain ?? (quoted !== undefined && couldBeDevice(quoted) ? quoted : undefined);
			if (text.trim() !== '' && !/^\s*#/.test(text))
				sections.line(text.search(/\S/), bracketed ?? keyed ?? null, bracketed !== undefined);
			if (text.trim() === '' && section === 'Peer') return;
			if (text.trim() === '') flush();
			else if (bracketed !== undefined || keyed !== undefined) {
				// What lies in an item of a list is its own.
				if (item === -1 || bracketed !== undefined || text.search(/\S/) <= item) flush();
				section = bracketed ?? keyed ?? '';
				isTable = /^\s*\[\[/.test(text);
				if (section === 'Interface') interfaces++;
			} else {
				const [, setting = '', value] = section === 'Peer' ? (PEER.exec(text) ?? []) : [];
				const isKey = /^PublicKey$/i.test(setting);
				if (value !== undefined && (peer === null || (isKey && !peer.isKey))) peer = { name: value, isKey };
				const [, own] = isTable ? (TABLE_ID.exec(text) ?? []) : [];
				const written = own ?? identityIn(text);
				// `- name: night`: settings of the one around it.
				if (written === null || (isProfile(written) && !listsDevices(path.list()))) return;
				partBefore();
				elements.named = elements.here;
				const identity = isEncoded ? plainIdentity(written) : written;
				// A list of pairs: the next identity begins the next pair.
				if (identities.size > 0 && !identities.has(identity) && secrets.length > 0) flush();
				identities.add(identity);
			}
		},
		keyCalled: (name) => keyCalled(name) ?? (VAGUE.test(name) ? keyCalled(section) : null),
		psk(label, secret, role, { device, text, isVague }) {
			const [under, outers, list] = [path.under(), path.outers(), path.list()];
			if (device !== null) return give({ label, secret, role, section: null, text, under, outers, list }, device);
			if (isVague && identities.size === 0) return;
			secrets.push({ label, secret, role, section: sections.here(), text: lines.record(text), under, outers, list });
			if (secrets.length >= MOST) flush();
		},
		end() {
			flush();
			sections.end();
			lines.end();
		},
	};
};
