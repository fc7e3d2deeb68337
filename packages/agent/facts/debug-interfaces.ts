import { open, readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { type DebugInterface, SERIAL_CONSOLE } from '@keyward/core/device';
import { readText } from '../source/sysfs.ts';

/** Some octets of a file as a little-endian number; null where they cannot be read. */
const readWord = async (file: string, offset: number, octets: 4 | 8): Promise<bigint | null> => {
	try {
		const handle = await open(file, 'r');
		try {
			const bytes = Buffer.alloc(octets);
			const { bytesRead } = await handle.read(bytes, 0, octets, offset);
			if (bytesRead !== octets) return null;
			return octets === 4 ? BigInt(bytes.readUInt32LE()) : bytes.readBigUInt64LE();
		} finally {
			await handle.close();
		}
	} catch {
		return null;
	}
};

/** Lock bits that Linux shows in a file: fuses by nvmem, or a register. */
export interface DebugLock {
	readonly name: string;
	readonly file: string;
	readonly offset: number;
	/** Of a little-endian word of 32 bits: under this mask it has this value when the port is closed. */
	readonly mask: bigint;
	readonly closed: bigint;
}

const LOCK = /^([A-Za-z0-9][A-Za-z0-9 ._-]{0,63})=(\/[^:]+):(\d{1,9}):([0-9a-f]{1,8}):([0-9a-f]{1,8})$/i;

const parse = (text: string): DebugLock => {
	const [, name, file, offset, mask, closed] = LOCK.exec(text) ?? [];
	const bits = { mask: BigInt(`0x${mask ?? '0'}`), closed: BigInt(`0x${closed ?? '0'}`) };
	if (name === undefined || file === undefined || bits.mask === 0n || (bits.closed & ~bits.mask) !== 0n)
		throw new Problem(
			'request-malformed',
			`${JSON.stringify(text)} is no lock of a debug port: write NAME=FILE:OFFSET:MASK:CLOSED, the offset in decimal, mask and value in hex, and no bit of the value outside the mask.`,
		);
	return { name, file, offset: Number(offset), ...bits };
};

/**
 * Such as `jtag=/sys/bus/nvmem/devices/imx-ocotp0/nvmem:24:00c00000:00c00000`. Throws `Problem('request-malformed')`, also where two
 * have one name.
 */
export const parseDebugLocks = (texts: readonly string[]): DebugLock[] => {
	const locks = texts.map(parse);
	const twice = locks.find(({ name }, index) => locks.findIndex((one) => one.name === name) < index);
	if (twice === undefined) return locks;
	throw new Problem('request-malformed', `Two locks are called ${twice.name}: give each another name.`);
};

const ofLock = async ({ name, file, offset, mask, closed }: DebugLock): Promise<DebugInterface> => {
	const word = await readWord(file, offset, 4);
	return { name, state: word === null ? 'unknown' : (word & mask) === closed ? 'closed' : 'open' };
};

const MSR_DEBUG_INTERFACE = 0xc80;
const [ENABLED, LOCKED] = [1n, 1n << 30n];

/** IA32_DEBUG_INTERFACE (Intel SDM vol. 4): what is not locked, who has the machine in hand switches on. Null: this processor has none. */
const ofProcessor = async (cpuinfo: string, msr: string): Promise<DebugInterface | null> => {
	const text = await readFile(cpuinfo, 'utf8').catch(() => '');
	if (!/^flags\s*:.*\bsdbg\b/m.test(text)) return null;
	const value = await readWord(msr, MSR_DEBUG_INTERFACE, 8);
	const isClosed = value !== null && (value & ENABLED) === 0n && (value & LOCKED) !== 0n;
	return { name: 'processor', state: value === null ? 'unknown' : isClosed ? 'closed' : 'open' };
};

/** Serial lines, of which boards lead some to a header; the text console (`tty0`) and `ttynull` do not count. */
const SERIAL = /^tty(?!\d|null)/;

/** A kernel that speaks at a serial line takes SysRq there, and its boot loader commands. Null where nothing says it. */
const ofConsole = async (active: string): Promise<DebugInterface | null> => {
	const consoles = await readText(active);
	if (consoles === null) return null;
	return { name: SERIAL_CONSOLE, state: consoles.split(/\s+/).some((name) => SERIAL.test(name)) ? 'open' : 'closed' };
};

/** Interfaces by which somebody with this machine in hand could look inside, as far as Linux shows them. */
export const debugInterfaces = async (
	locks: readonly DebugLock[],
	{
		cpuinfo = '/proc/cpuinfo',
		msr = '/dev/cpu/0/msr',
		active = '/sys/class/tty/console/active',
	}: { readonly cpuinfo?: string; readonly msr?: string; readonly active?: string } = {},
): Promise<readonly DebugInterface[]> => {
	const found = await Promise.all([...locks.map(ofLock), ofProcessor(cpuinfo, msr), ofConsole(active)]);
	return found.filter((one) => one !== null);
};
