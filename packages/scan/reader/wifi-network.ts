import type { Network } from '@keyward/core/keycheck';

/** The name of a network: `ssid="plant"`, `option ssid 'plant'`, `wpa-ssid plant`, `#define WIFI_SSID "plant"`, `ssid: plant`. */
const SSID =
	/ssid["']?(?:\[\d{0,3}\])?(?:\s{0,8}[:=]\s{0,8}|\s{1,8})(?:"([^"]{1,64})"|'([^']{1,64})'|([^\s"';,]{1,64}))\s{0,8}[;,]?\s{0,8}$/i;
/** The same as the rest of a line, with blanks in it: hostapd.conf(5), interfaces(5). */
const WHOLE = /^\s{0,64}(?:ssid2?=|wpa-ssid\s{1,8})(["']?)(\S.{0,63}?)\1\s{0,8}$/i;
/** Where the settings of another network begin: in them its name may stand behind its key. */
const BEGINS = /^\s{0,64}(?:network\s{0,8}=\s{0,8}\{|config\s|bss=|-\s|iface\s|\[(?![^\]]{0,32}security\]))/i;
/** What only an access point has: hostapd.conf(5), NetworkManager, OpenWrt, wpa_supplicant's mode 2. */
const ACCESS_POINT =
	/^(?:interface|hw_mode|channel|wpa|bss|wpa_passphrase|sae_password|wpa_psk|wpa_psk_file|macaddr_acl)=|^\s{0,64}(?:mode\s{0,8}=\s{0,8}(?:ap|2)|option\s{1,8}mode\s{1,8}["']?ap["']?|mode:\s{1,8}["']?ap["']?)\s{0,8}$/;
/** The networks of netplan by their names. */
const NETPLAN = / \/ access-points \/ ([^/]{1,64})$/;
const LONGEST_LINE = 256;

interface Found {
	ssid: string | null;
	isAccessPoint: boolean;
}

/** Which Wi-Fi network a key in settings opens, and at which end of it the settings stand. */
export const wifiNetwork = () => {
	let found: Found = { ssid: null, isAccessPoint: false };
	return {
		/** Told of every line, before what it holds. */
		line(text: string): void {
			if (text.length > LONGEST_LINE || text === '') return;
			if (BEGINS.test(text)) found = { ssid: null, isAccessPoint: text.startsWith('bss=') };
			if (ACCESS_POINT.test(text)) found.isAccessPoint = true;
			if (!/ssid/i.test(text)) return;
			const [, , whole] = WHOLE.exec(text) ?? [];
			const [, double, single, bare] = whole === undefined ? (SSID.exec(text) ?? []) : [];
			const ssid = whole ?? double ?? single ?? bare;
			if (ssid === undefined || /^\d$/.test(ssid)) return;
			if (found.ssid !== null && found.ssid !== ssid) found = { ssid: null, isAccessPoint: found.isAccessPoint };
			found.ssid = ssid;
		},
		/** The network of a key that stands here, once its settings are whole. */
		here(under: string): () => Network | undefined {
			const [, named = null] = NETPLAN.exec(under) ?? [];
			const own = found;
			return () => {
				const ssid = named ?? own.ssid;
				return ssid === null ? undefined : { ssid, isAccessPoint: own.isAccessPoint };
			};
		},
	};
};
