import type { Place } from './material.ts';
import { isProfile } from './profile.ts';

/** Endings that say how a file is written; `rootfs.tar.xz` has two. */
const ENDING =
	/\.(?:pem|key|crt|cer|cert|der|p12|pfx|p8|pk8|pub|jwk|jsonl?|ya?ml|ini|cfg|conf|toml|env|xml|csv|txt|psk|hex|bin|img|ino|cpp|c|h|py|ovpn|mobileconfig|nmconnection|tar|zip|7z|tgz|gz|xz|bz2|zst|sql|db|sqlite|log|md|rsc|bak|old|orig)$/i;

/** Words with which a number counts copies, versions, parts, ends of a link or people, and no devices. */
const ASIDE =
	/^(?:v|ver|version|r|rev|rel|release|build|commit|branch|tag|tests?|testdata|testcase|tc|case|kat|vectors?|fixtures?|examples?|samples?|demo|mock|lib|libs|py|python\d*|go|golang|java|jdk|jre|openssl|libressl|php|ruby|perl|gcc|clang|llvm|rust|linux|kernel|debian|ubuntu|alpine|package|packages|pkg|module|modules|src|source|firmware|fw|image|images|img|disk|disks|part|parts|partition|mtd|layer|layers|volume|vol|chapter|ch|page|sheet|step|stage|task|exercise|lab|lesson|week|day|month|year|date|backups?|bak|copy|copies|kopie|copie|copia|old|new|orig|original|archive|tmp|temp|snapshots?|snap|dump|export|import|log|logs|files?|keys?|psks?|secrets?|certs?|certificates?|configs?|conf|cfg|config|settings?|list|devices|data|projects?|proj|apps?|user|users|home|people|clients?|servers?|peers?|broker|local|remote|left|right|initiator|responder|alice|bob|run|job|shard|slot|seq|id|no|nr|profiles?|networks?|net|wlan|wifi|wi|fi|wpa|ssid|radio|eth|wg|tun|tap|vpn|ipsec|mqtt|coap|tls|dtls|port|channel|session|dev|prod|production|development|staging|stage|default|primary|secondary|first|second|next|prev|previous|current|public|private|priv|pub|ca|root|com|org|api|encrypt|decrypt|enc|dec|in|out|tx|rx|read|write|get|set)$/i;

/** What devices are called, and how their names begin. */
const DEVICE =
	/^(?:devices?|nodes?|sensors?|meters?|gateways?|gw|gwy|edge|edges|ap|cam|camera|plc|rtu|rtr|router|switch|modem|station|things?|probe|logger|tracker|pump|valve|motor|boiler|chiller|compressor|inverter|fan|oven|tank|silo|press|lock|lamp|light|beacon|panel|controller|thermostat|unit|machine|robot|esp\d*|rpi|pi)$/i;

/** Sections whose own are devices, whatever they are called. */
const LIST = /^(?:devices|hosts|nodes|sensors|meters|gateways|stations|things|pumps|outstations|units)$/i;

/** More places are not compared. */
export const MOST_PLACES = 10_000;

const wordsOf = (name: string): string[] =>
	name
		.replaceAll(/(?<=[a-z]{2})(?=\d+$)|(?<=[a-z])(?=[A-Z])/g, '-')
		// `pump@1.service`, an instance of a unit of systemd.
		.split(/[-_ @]+/)
		.filter((word) => word !== '');

const plainOf = (name: string): string => {
	let rest = name;
	while (ENDING.test(rest)) rest = rest.replace(ENDING, '');
	return rest;
};

/** An EUI, or a MAC with its separators: nothing else is written so. */
const EUI = /^(?:[0-9a-f]{16}|(?:[0-9a-f]{2}[:-]){5}(?:[0-9a-f]{2}[:-]){0,2}[0-9a-f]{2})$/i;

/** Names that are the same but for one word, which tells devices apart; `sure` where such names are no other things. */
const areSiblings = (names: readonly string[], sure: boolean): boolean => {
	if (names.every((name) => EUI.test(name))) return true;
	const all = names.map(wordsOf);
	const [first = []] = all;
	const differing = first.flatMap((_, at) => (all.every((words) => words[at] === first[at]) ? [] : [at]));
	const [at] = differing;
	if (differing.length !== 1 || at === undefined || all.some(({ length }) => length !== first.length)) return false;
	const same = first.toSpliced(at, 1);
	const told = all.map((words) => words[at] ?? '');
	if (
		[...same, ...told].some((word) => ASIDE.test(word) || isProfile(word)) ||
		!same.some((word) => /\p{L}{2}/u.test(word))
	)
		return false;
	// Dates and versions.
	if (told.some((word) => /^(?:19|20)\d{6}|^(?:19|20)\d\d$|^v?\d+\.|\.\d+$/i.test(word))) return false;
	const areIds = told.every((word) => /\d/.test(word) || /^\p{L}$/u.test(word));
	return areIds || sure || same.some((word) => DEVICE.test(word));
};

/** The sections of a file in which a place says that it stands, from the outermost. */
export const sectionsOf = (label: string): readonly string[] => / under (.+)$/.exec(label)?.[1]?.split(' / ') ?? [];

/** The names of a place, from the outermost folder to the section of a file; where in a stream something begins does not count. */
const namesOf = ({ file, label }: Place): { readonly names: readonly string[]; readonly sections: number } => {
	const parts = label.split(': ');
	const sections = sectionsOf(parts.pop() ?? '');
	const outside = parts.flatMap((part) => part.replaceAll(/\bbyte \d+/g, 'byte').split('/'));
	const names = [...file.split(/[/\\]/).map(plainOf), ...outside.map(plainOf), ...sections];
	return { names, sections: sections.length };
};

/**
 * The devices after which these places are named: `truck-1/wg0.conf` and `truck-2/wg0.conf`, `[Dryer_North]` and `[Dryer_South]` of one
 * file. They lie alike in all but the name of one folder, file or section, and that name in all but one word. None for others.
 *
 * False alarms: two places of one device that are called as two devices are. Copies, versions, tests and ends of a link are not called so.
 */
export const devicesOfPlaces = (places: readonly Place[]): readonly string[] => {
	if (places.length > MOST_PLACES) return [];
	const all = [...new Map(places.map((place) => [JSON.stringify(namesOf(place).names), namesOf(place)])).values()];
	const [first] = all;
	if (first === undefined || all.length < 2) return [];
	const width = first.names.length;
	if (all.some(({ names, sections }) => names.length !== width || sections !== first.sections)) return [];
	const columns = first.names.flatMap((name, at) => (all.every(({ names }) => names[at] === name) ? [] : [at]));
	const [column] = columns;
	if (column === undefined) return [];
	const devices = all.map(({ names }) => names[column] ?? '');
	// `pump-1/pump-1.psk`: one name at two depths.
	if (columns.some((at) => all.some(({ names }, index) => names[at] !== devices[index]))) return [];
	if (new Set(devices).size < all.length) return [];
	const isSection = column >= width - first.sections;
	const isListed = isSection && column > width - first.sections && LIST.test(first.names[column - 1] ?? '');
	const couldBe = (name: string): boolean => !wordsOf(name).some((word) => ASIDE.test(word) || isProfile(word));
	return (isListed && devices.every(couldBe)) || areSiblings(devices, isSection) ? devices : [];
};

/** Names for a sentence. */
export const firstOf = (names: readonly string[]): string => {
	const shown = names
		.slice(0, SHOWN)
		.map((name) => name.slice(0, 80).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, '?'));
	return `${shown.join(', ')}${names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''}`;
};
const SHOWN = 5;
