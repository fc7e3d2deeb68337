import { notOffered, type Row } from '../statement.ts';

/** §3.14, §3.15 and §4.13: DISCONNECT, AUTH and errors. */
export const disconnect: readonly Row[] = [
	['3.14.0-1', 'A server sends no DISCONNECT before a successful CONNACK'],
	['3.14.1-1', 'Reserved flags of DISCONNECT are checked to be 0'],
	['3.14.2-1', 'DISCONNECT has a reason code of its list'],
	['3.14.2-2', 'A server’s DISCONNECT has no Session Expiry Interval'],
	['3.14.2-3', 'No reason string that makes DISCONNECT too large for its receiver'],
	['3.14.2-4', 'No user property that makes DISCONNECT too large for its receiver'],
	['3.14.4-1', 'Nothing is sent after DISCONNECT'],
	['3.14.4-2', 'The connection is closed after DISCONNECT'],
	['3.14.4-3', 'DISCONNECT with 0x00 discards the will'],
	['3.15.1-1', 'AUTH with a reserved flag is malformed and ends the connection'],
	['3.15.2-1', 'AUTH has a reason code of its list', notOffered('enhanced authentication')],
	['3.15.2-2', 'No reason string that makes AUTH too large', notOffered('enhanced authentication')],
	['3.15.2-3', 'No user property that makes AUTH too large', notOffered('enhanced authentication')],
	['4.13.1-1', 'A malformed packet or protocol error that has a reason code ends the connection'],
	['4.13.2-1', 'A reason code of 0x80 or more in CONNACK or DISCONNECT goes with the end of the connection'],
];
