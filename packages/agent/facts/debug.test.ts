import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { debugInterfaces, parseDebugLocks } from './debug-interfaces.ts';

test('lock bits, the debug register of a processor and a serial console are told as they are', async () => {
	const folder = temporaryFolder('keyward-debug-');
	const [fuses, msr, cpuinfo, active] = ['fuses', 'msr', 'cpuinfo', 'active'].map((name) => join(folder, name)) as [
		string,
		string,
		string,
		string,
	];
	const files = { msr, cpuinfo, active };
	const lock = parseDebugLocks([`jtag=${fuses}:24:00c00000:00C00000`]);
	const told = async (locks = lock) =>
		Object.fromEntries((await debugInterfaces(locks, files)).map(({ name, state }) => [name, state]));
	assert.deepEqual(await told(), { jtag: 'unknown' });

	const otp = Buffer.alloc(28);
	otp.writeUInt32LE(0x00c0_1234, 24);
	await writeFile(fuses, otp);
	await writeFile(cpuinfo, 'processor : 0\nflags\t\t: fpu sdbg vme\n');
	await writeFile(active, 'tty0\n');
	assert.deepEqual(await told(), { jtag: 'closed', processor: 'unknown', 'serial-console': 'closed' });
	const register = (value: bigint): Promise<void> => {
		const bytes = Buffer.alloc(0xc88);
		bytes.writeBigUInt64LE(value, 0xc80);
		return writeFile(msr, bytes);
	};
	for (const [value, state] of [
		[1n << 30n, 'closed'],
		[(1n << 30n) | 1n, 'open'],
		[0n, 'open'],
		[(1n << 31n) | (1n << 30n), 'closed'],
	] as const) {
		await register(value);
		assert.equal((await told())['processor'], state);
	}
	otp.writeUInt32LE(0x0040_0000, 24);
	await writeFile(fuses, otp);
	await writeFile(active, 'tty0 ttymxc1\n');
	assert.deepEqual(await told(), { jtag: 'open', processor: 'closed', 'serial-console': 'open' });
	// What is cut off is not zero.
	await writeFile(fuses, otp.subarray(0, 26));
	await writeFile(cpuinfo, 'flags : fpu\n');
	assert.deepEqual(await told(), { jtag: 'unknown', 'serial-console': 'open' });

	for (const wrong of [
		'jtag',
		'jtag=/x:1:0:0',
		'jtag=/x:1:1:2',
		'jtag=x:1:1:1',
		'jtag=/x:-1:1:1',
		'jtag=/x:1:123456789:1',
	])
		assert.throws(() => parseDebugLocks([wrong]), { code: 'request-malformed' });
	assert.throws(() => parseDebugLocks(['a=/x:1:1:1', 'a=/y:1:1:1']), /Two locks are called a/);
});
