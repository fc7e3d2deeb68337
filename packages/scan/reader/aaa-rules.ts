import type { Rule } from './command-rules.ts';

const PLAIN = '(?:0 )?(?<value>(?![5-9] )[^\\s"]{8,128})';
const TYPE_7 = '7 (?<value>\\d\\d(?:[0-9A-Fa-f]{2}){8,64})';
/** `tacacs-server host 10.0.0.1 key …`, `radius-server key …`. */
const SERVER =
	'^\\s{0,4}(?:tacacs|radius)-server (?:host \\S{1,64} )?(?:(?:auth-port|acct-port|timeout|retransmit) \\d{1,5} ){0,4}key ';
/** `key …` under `tacacs server NAME`. */
const IN_SECTION = '^\\s{1,4}key ';
const SECTION = /^\s{0,4}(?:tacacs|radius) server \S/m;
const END = '\\s{0,8}$';
const role = 'sharedSecret';

/** The secret that a switch or router has with its RADIUS or TACACS+ server, as IOS and those like it write it. */
export const aaaRules: readonly Rule[] = [
	{ line: new RegExp(SERVER + PLAIN + END), role },
	{ line: new RegExp(SERVER + TYPE_7 + END), role, isType7: true },
	{ line: new RegExp(IN_SECTION + PLAIN + END), among: SECTION, role },
	{ line: new RegExp(IN_SECTION + TYPE_7 + END), among: SECTION, role, isType7: true },
];
