import type { Network } from '@keyward/core/keycheck';
import type { Content } from '../content/content.ts';
import { printable } from '../text/printable.ts';
import { hexOf } from '../list/secret.ts';
import { aaaRules } from './aaa-rules.ts';
import { commandRules, type Rule } from './command-rules.ts';
import { ofType7 } from './cisco-type-7.ts';
import type { sectionPath } from './section-path.ts';
import type { wifiNetwork } from './wifi-network.ts';

const PERSON = /\beap\b|802-?1x|ieee8021x|identity\s*[:=]|username/i;
const QUOTED = `["']?(?<value>[^"'\\s|]{8,128})["']?`;

/** How racoon's psk.txt begins: without it, it looks like any list. */
const RACOON = /^#.{0,64}pre-shared keys used for IKE/m;

const rules: readonly Rule[] = [
	// hostapd.conf(5): PSK and SAE; interfaces(5) with wpasupplicant.
	{ line: new RegExp(`^\\s*(?:wpa_passphrase|sae_password)=${QUOTED}`), role: 'psk', isWifi: true },
	{ line: new RegExp(`^\\s*wpa-psk\\s+${QUOTED}\\s*$`), role: 'psk', isWifi: true },
	// hostapd's wpa_psk_file.
	{
		line: /^\s*(?:[\w-]+=\S+\s+)*(?<device>[0-9a-f]{2}(?::[0-9a-f]{2}){5})\s+(?<value>\S{8,64})\s*$/i,
		among: /00:00:00:00:00:00|(?:keyid|vlanid)=/,
		role: 'psk',
	},
	// netplan, ESPHome, Home Assistant.
	{
		line: new RegExp(`^\\s*password:\\s*${QUOTED}\\s*$`),
		among: /access-points:|\bwifi:|\bssid:/,
		unless: PERSON,
		role: 'psk',
		isWifi: true,
	},
	// iwd.network(5), connman-service.config(5).
	{
		line: new RegExp(`^\\s*passphrase\\s*=\\s*${QUOTED}\\s*$`, 'i'),
		among: /^[ \t]{0,32}\[(?:security|service_[\w-]{1,128})\]/im,
		unless: PERSON,
		role: 'psk',
	},
	// OpenWrt.
	{
		line: new RegExp(`^\\s*option\\s+key\\s+${QUOTED}\\s*$`),
		among: /option\s+encryption\s+['"]?(?:psk|sae)/,
		role: 'psk',
		isWifi: true,
	},
	// sdkconfig, Arduino and others: what is called a network's password.
	{
		line: /^[\s\w*<>"'[\]&.:#-]{0,64}(?:wi_?fi|wlan|ssid|wpa2?|hotspot|softap)[a-z0-9]{0,12}_?(?:password|passphrase|passwd|pass|pwd|psk)["']?\s{0,8}(?:\[\d{0,3}\])?(?:\s{0,8}[:=]\s{0,8}|\s{1,8})["'](?<value>[^"'\s<>{}$]{8,64})["'][;,]?\s*$/i,
		role: 'psk',
		isWifi: true,
	},
	{
		line: /^(?:wi_?fi|wlan|wpa2?)_?(?:password|passphrase|passwd|psk)\s{0,8}[:=]\s{0,8}(?<value>[^"'\s<>{}$!(]{8,64})\s*$/i,
		role: 'psk',
		isWifi: true,
	},
	{
		line: /^\s*key:\s*["']?(?<value>[A-Za-z0-9+/]{43}=)["']?\s*$/,
		among: /^[ \t]{0,64}encryption:/m,
		ofNode: true,
		role: 'psk',
	},
	// FreeRADIUS clients.conf: the secret of an access point.
	{
		line: new RegExp(`^\\s*secret\\s*=\\s*${QUOTED}\\s*$`),
		among: /^[ \t]{0,32}(?:client[ \t]{1,8}\S{1,128}[ \t]{0,8}\{|ipv?[46]?addr[ \t]{0,8}=)/m,
		role: 'sharedSecret',
	},
	{ line: /^\s*psk_hexphrase\s*=\s*["']?(?<value>[0-9a-f]{16,128})["']?\s*$/i, role: 'psk', hex: true },
	// strongSwan and Libreswan: ipsec.secrets(5), swanctl.conf(5); racoon.
	{
		line: /^(?<device>[^#"]{0,256}?)\s?:\s*PSK\s+(?:"(?<value>[^"]{8,128})"|(?<bare>0x[0-9a-f]{16,128}|0s[A-Za-z0-9+/=]{12,128}))\s*(?:#.*)?$/i,
		// Of a link; each end names the other, or both in another order.
		role: 'peerPresharedKey',
	},
	{
		line: new RegExp(`^\\s*secret\\s*=\\s*${QUOTED}\\s*$`),
		section: /\/ ((?:ike|ppk)[\w.-]{1,64})$/,
		among: /^[ \t]{0,32}(?:ike|ppk)[\w-]{0,64}[ \t]{0,8}\{/m,
		role: 'peerPresharedKey',
	},
	{ line: /^(?<device>[\w.:@-]{3,128})\s+(?<value>\S{8,128})\s*$/, among: RACOON, role: 'peerPresharedKey' },
	// Cisco's IOS, JunOS, FortiOS and RouterOS, where they keep it in plain.
	{
		line: /^\s*crypto isakmp key (?:0 )?(?<value>[^\s"]{8,128}) (?:address|hostname) (?<device>\S{1,128})/,
		// Each end of a link names the other.
		role: 'peerPresharedKey',
	},
	{
		line: /^\s*pre-shared-key (?:local |remote )?(?:0 )?(?<value>(?![67] )[^\s"]{8,128})\s*$/,
		role: 'peerPresharedKey',
	},
	{ line: /^\s*pre-shared-key (?:ascii-text|hexadecimal) "(?<value>[^"]{8,128})";/, role: 'peerPresharedKey' },
	{
		line: /^\s*set security ike policy (?<device>\S{1,64}) pre-shared-key (?:ascii-text|hexadecimal) "(?<value>[^"]{8,128})"/,
		role: 'peerPresharedKey',
	},
	{
		line: /^\s*pre-shared-key (?:address|hostname) (?<device>\S{1,128})(?: \d{1,3}(?:\.\d{1,3}){3})? key (?:0 )?(?<value>(?![67] )\S{8,128})\s*$/,
		role: 'peerPresharedKey',
	},
	...aaaRules,
	// Type 7 is a cipher with a key that everybody knows.
	{
		line: /^\s*pre-shared-key (?:address|hostname) (?<device>\S{1,128})(?: \d{1,3}(?:\.\d{1,3}){3})? key 7 (?<value>\d\d(?:[0-9A-F]{2}){8,64})\s*$/i,
		role: 'peerPresharedKey',
		isType7: true,
	},
	{
		line: /^\s*crypto isakmp key 7 (?<value>\d\d(?:[0-9A-F]{2}){8,64}) (?:address|hostname) (?<device>\S{1,128})/i,
		role: 'peerPresharedKey',
		isType7: true,
	},
	{
		line: /^\s*set psksecret (?!ENC )"?(?<value>[^\s"]{8,128})"?\s*$/,
		before: /^\s{0,32}edit "?([^\s"]{1,64})"?\s{0,8}$/,
		role: 'peerPresharedKey',
	},
	{ line: /^\s*set passphrase (?!ENC )"?(?<value>[^\s"]{8,128})"?\s*$/, role: 'psk' },
	{ line: /\bwpa2?-pre-shared-key="?(?<value>[^"\s]{8,63})/, role: 'psk' },
	{
		line: /^\s*(?:add|set)\s(?:[^\n]{0,256}\s)?peer=(?<device>[\w.-]{1,64})\s(?:[^\n]{0,256}\s)?secret="?(?<value>[^"\s]{8,128})/,
		among: /\/ip ipsec identity/,
		role: 'peerPresharedKey',
	},
	// snmpd.conf(5).
	{
		line: /^\s*createUser\s+(?:-e\s+\S+\s+)?(?<device>[\w.-]{1,64})\s+(?:MD5|SHA[\d-]*)\s+["']?(?<value>[^"'\s]{8,128})/,
		role: 'snmp',
	},
	// named.conf(5), nsupdate(1).
	{ line: /^\s*secret\s+"?(?<value>[A-Za-z0-9+/]{16,172}={0,2})"?\s*;/, among: /algorithm\s+"?hmac-/, role: 'tsig' },
	// Profiles of Windows (WLAN_profile) and of Apple.
	{ line: /<keyMaterial>(?<value>[^<]{8,64})<\/keyMaterial>/, unless: /<protected>true|<useOneX>true/, role: 'psk' },
	{
		line: /<key>Password<\/key>\s*<string>(?<value>[^<]{8,64})<\/string>/,
		among: /com\.apple\.wifi\.managed|<key>SSID_STR</,
		unless: /EAPClientConfiguration/,
		role: 'psk',
	},
	// libcoap's client.
	{
		line: /\bcoap-client\S{0,16}\s(?:[^\n]{0,256}\s)?-u\s{1,8}["']?(?<device>[\w.:@-]{1,64})["']?\s(?:[^\n]{0,256}\s)?-k\s{1,8}["']?(?<value>[^\s"']{8,128})/,
		role: 'psk',
	},
	// wmbusmeters.
	{
		line: /^\s*key=(?<value>[0-9a-f]{32})\s*$/i,
		among: /^id=[0-9a-f]{8}\s*$/im,
		named: /^id=([0-9a-f]{8})\s*$/im,
		role: 'psk',
		hex: true,
	},
	// ntp.keys(5), chrony.keys(5): of a server and its clients.
	{
		line: /^\s*\d{1,5}\s{1,8}(?:MD5|M|SHA-?(?:1|256|384|512)|AES-?(?:128|256)(?:CMAC)?)\s{1,8}(?:HEX:)?(?<value>[0-9a-f]{20,128})\s*(?:#.*)?$/i,
		role: 'peerPresharedKey',
		hex: true,
	},
	...commandRules,
	// OpenThread's command line.
	{ line: /^\s*(?:network key|master key|pskc)\s*:\s*(?<value>[0-9a-f]{32})\s*$/i, role: 'networkKey' },
];

/**
 * Somewhere in a text with a setting of these rules, or with a PSK that is a text by its own name, stands one of these; other rules
 * want 20 octets in hex or base64 with its padding.
 */
export const PROGRAM_WORD =
	/psk|secret|shared_?key|passphrase|pre-shared|isakmp|(?:tacacs|radius)[ -]server|createUser|keyMaterial|coap-client|<key>|option\s+["']?key|(?:key|vlan)id=|00:00:00:00:00:00|sae_pass|access-points|(?:wifi|ssid):|(?:wi_?fi|wlan|ssid|wpa2?|hotspot|softap)[a-z0-9]{0,12}_?(?:pass|pwd)/i;

/** Hardly a line of most texts. */
const LIKELY =
	/pass|psk|secret|key|\bky[="]|atky|coap-client|createUser|[0-9a-f]:[0-9a-f]{2}:|\d\s{1,8}(?:sha|md5|aes)/i;
const LONGEST_LINE = 512;
/** Lines of one block that are kept to be looked at. */
const MOST_LINES = 256;

interface Candidate {
	readonly rule: Rule;
	readonly value: string;
	readonly device: string | null;
	readonly number: number;
	/** The sections around it. */
	readonly under: string;
	readonly network: () => Network | undefined;
}

const isTemplate = (value: string): boolean =>
	/^[<[{$%!]|\$\{|\{\{|\*{3}|^(?:your|example|changeme|none|null)/i.test(value);

const secretIn = (value: string, { role, hex = false, isType7 = false }: Rule): Uint8Array => {
	if (isType7) return ofType7(value);
	const isBase64 = role === 'tsig' || /^[A-Za-z0-9+/]{43}=$/.test(value);
	const base64 = /^0s(.+)$/.exec(value)?.[1] ?? (isBase64 ? value : undefined);
	if (base64 !== undefined) return new Uint8Array(Buffer.from(base64, 'base64'));
	// A passphrase of eight to 63 characters may well be hex: only what cannot be one is.
	const isHex = hex || value.startsWith('0x') || value.length >= 32;
	return (isHex ? hexOf(value) : null) ?? new Uint8Array(Buffer.from(value));
};

/** PSKs in settings of programs that call them otherwise, line by line; `end` gives those of the block that ends. */
export const programSettings = (
	content: Content,
	path: ReturnType<typeof sectionPath>,
	wifi: ReturnType<typeof wifiNetwork>,
) => {
	let block: string[] = [];
	let heading = '';
	let isRacoon = false;
	/** The name of the node of ESPHome that the file is about. */
	let node: string | null = null;
	let isHead = false;
	let candidates: Candidate[] = [];
	/** Of networks whose names stand further down. */
	let unnamed: (() => void)[] = [];
	const text = (): string => `${heading}\n${block.join('\n')}`;
	const isOne = ({ among, unless }: Rule, around: string): boolean =>
		(among === undefined || among.test(around)) && unless?.test(around) !== true;
	const end = (): void => {
		const around = candidates.length === 0 ? '' : text();
		let last = -1;
		for (const { rule, value, device, number, under, network } of candidates) {
			if (number === last || !isOne(rule, around)) continue;
			last = number;
			const holder = device ?? rule.named?.exec(around)?.[1] ?? (rule.ofNode === true ? node : null);
			const of = holder === null ? under : device === null ? ` of ${printable(holder)}` : '';
			const give = (): void =>
				content.psk(`line ${number}, ${rule.role}${of}`, secretIn(value, rule), holder, rule.role, network());
			if (rule.isWifi === true && network() === undefined && unnamed.length < MOST_LINES) unnamed.push(give);
			else give();
		}
		// What heads a block heads what follows an empty line in it.
		heading = block.find((line) => /[{:\]]\s{0,8}$|^#|^config\s/.test(line)) ?? heading;
		block = [];
		candidates = [];
	};
	/** What the section says, or the last line that heads one. */
	const nameAround = ({ section, before }: Rule, under: string): string | null => {
		const [, named = null] = section?.exec(under) ?? [];
		if (before === undefined) return named;
		const head = block.findLast((line) => before.test(line));
		return head === undefined ? named : (before.exec(head)?.[1] ?? named);
	};
	/** True when the line is a setting of one of these by what stands before it. */
	const take = (line: string, number: number): boolean => {
		let taken = false;
		for (const rule of rules) {
			const { value, bare, device } = rule.line.exec(line)?.groups ?? {};
			const written = value ?? bare;
			if (written === undefined || isTemplate(written)) continue;
			const under = path.under();
			const network = rule.isWifi === true ? wifi.here(under) : () => undefined;
			candidates.push({
				rule,
				value: written,
				device: device?.trim() || nameAround(rule, under),
				number,
				under,
				network,
			});
			taken ||= isOne(rule, rule.among === undefined ? '' : text());
		}
		return taken;
	};
	return {
		end(): void {
			end();
			for (const give of unnamed) give();
			unnamed = [];
		},
		line(whole: string, number: number): boolean {
			const line = whole.length > LONGEST_LINE ? '' : whole;
			if (/^\S/.test(line)) isHead = /^esphome:\s*$/.test(line);
			if (isHead && node === null) node = /^\s{1,8}name:\s{1,8}["']?([\w-]{1,64})["']?\s*$/.exec(line)?.[1] ?? null;
			if (line.trim() === '' || /^\s{0,32}(?:\[|config\s)/.test(line)) end();
			if (block.length < MOST_LINES) block.push(line);
			isRacoon ||= line.startsWith('#') && RACOON.test(line);
			return (isRacoon || LIKELY.test(line)) && take(line, number);
		},
	};
};
