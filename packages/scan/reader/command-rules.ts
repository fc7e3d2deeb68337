/** A setting of one program, or of a kind of programs, that is a PSK by the lines around it. */
export interface Rule {
	/** The value is the group `value`, who uses it `device`. */
	readonly line: RegExp;
	/** Somewhere in the same block, or the heading above it, must stand this … */
	readonly among?: RegExp;
	/** … and nowhere this: then it is a person's password. */
	readonly unless?: RegExp;
	/** What names the device in the lines of the block. */
	readonly named?: RegExp;
	/** It is of the node that the whole file is about (ESPHome). */
	readonly ofNode?: boolean;
	/** The section around it that names the other end of its link. */
	readonly section?: RegExp;
	/** The same in the last line like this before it. */
	readonly before?: RegExp;
	/** The value is written as Cisco's type 7. */
	readonly isType7?: boolean;
	readonly role: string;
	/** It opens a Wi-Fi network. */
	readonly isWifi?: boolean;
	/** The value is hex, however short. */
	readonly hex?: boolean;
}

const REDIS = `^\\s*(?:redis-cli\\s(?:[^\\n]{0,128}\\s)?)?`;
const PSK = '(?:psk|pre_?shared_?key|device_?(?:key|secret))';
const KEY = `["']?(?<value>[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})["']?`;

/** Commands that give a device its key, or keep it. */
export const commandRules: readonly Rule[] = [
	// Redis: SET pump-1:psk …, SET psk:pump-1 …, HSET pump-1 psk ….
	{
		line: new RegExp(
			`${REDIS}set(?:nx)?\\s+["']?(?:[\\w.-]{1,32}:){0,3}?(?<device>[\\w.-]{1,64}):${PSK}["']?\\s+${KEY}\\s*$`,
			'i',
		),
		role: 'psk',
	},
	{
		line: new RegExp(
			`${REDIS}set(?:nx)?\\s+["']?(?:[\\w.-]{1,32}:){0,2}${PSK}:(?<device>[\\w.-]{1,64})["']?\\s+${KEY}\\s*$`,
			'i',
		),
		role: 'psk',
	},
	{
		line: new RegExp(
			`${REDIS}hm?set\\s+["']?(?:[\\w.-]{1,32}:){0,3}(?<device>[\\w.-]{1,64})["']?\\s(?:[^\\n]{0,256}\\s)?["']?${PSK}["']?\\s+${KEY}(?:\\s|$)`,
			'i',
		),
		role: 'psk',
	},
	// Modules of XBee: AT commands, profiles and their XML.
	{
		line: /^\s*ATKY[ =]?(?<value>[0-9a-f]{32})\s*$/i,
		named: /^[ \t]{0,8}ATNI[ =]?(\S{1,20})[ \t]{0,8}$/im,
		role: 'networkKey',
		hex: true,
	},
	{
		line: /^\s*KY=(?<value>[0-9a-f]{32})\s*$/i,
		among: /^[ \t]{0,8}(?:NI|EE|SH|SL|AP|CE)=/m,
		named: /^[ \t]{0,8}NI=(\S{1,20})[ \t]{0,8}$/m,
		role: 'networkKey',
		hex: true,
	},
	{
		line: /<setting command="KY">(?<value>[0-9a-f]{32})<\/setting>/i,
		named: /<setting command="NI">([^<\s]{1,20})<\/setting>/,
		role: 'networkKey',
		hex: true,
	},
];
