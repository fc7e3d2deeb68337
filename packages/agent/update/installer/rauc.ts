import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import type { Slots } from '@keyward/core/update';
import { runProgram } from '../run-program.ts';
import type { Installer } from './port.ts';

const RAUC = '/usr/bin/rauc';
/** RAUC's service goes on when the agent is killed, and takes one installation at a time. */
const BUSY_FOR: Milliseconds = minutes(30);
const BUSY = /already processing/i;

interface Slot {
	readonly class: string;
	readonly device: string;
	readonly state: string;
	readonly slot_status?: { readonly checksum?: { readonly sha256?: string; readonly size?: number } };
}

/** RAUC as Debian has it (1.8): its own service decides about slots, verifies the bundle again, and speaks to the boot loader. */
export const raucInstaller = (busyFor = BUSY_FOR): Installer => {
	const rauc = (...words: string[]): Promise<string> => runProgram({ program: RAUC, arguments: words });
	const patiently = async (...words: string[]): Promise<void> => {
		for (let waited = 0; ; waited += seconds(1)) {
			try {
				await rauc(...words);
				return;
			} catch (error) {
				if (!(error instanceof Problem && BUSY.test(error.detail)) || waited >= busyFor) throw error;
				await sleep(seconds(1));
			}
		}
	};
	const status = async (): Promise<ReadonlyMap<string, Slot>> =>
		readStatus(await rauc('status', '--detailed', '--output-format=json'));
	return {
		slots: async () => slotsOf(await status()),
		install: async ({ image }) => patiently('install', image),
		confirm: async ({ to }) => patiently('status', 'mark-good', to),
		fallBack: async ({ from, to }) => {
			// First what is to start, so that there is no moment in which nothing is.
			await patiently('status', 'mark-active', from);
			await patiently('status', 'mark-bad', to);
			return null;
		},
		inspect: async () => {
			const slots = await status();
			const { from } = slotsOf(slots);
			const { device, slot_status: { checksum } = {} } = slots.get(from) ?? {};
			const { sha256, size } = checksum ?? {};
			if (device === undefined || sha256 === undefined || size === undefined || size < 1) return null;
			if ((await hashOf(device, size)) === sha256) return 'whole';
			throw new Problem('boot-log-mismatch', `The slot ${from} is not what RAUC wrote there.`);
		},
	};
};

/** Of the class of the slot that was booted, that one and the next that was not. Throws `Problem('install-failed')`. */
const slotsOf = (slots: ReadonlyMap<string, Slot>): Slots => {
	const all = [...slots];
	const [from, booted] = all.find(([, { state }]) => state === 'booted') ?? [];
	const [to] = all.find(([name, slot]) => name !== from && slot.class === booted?.class) ?? [];
	if (from !== undefined && to !== undefined) return { from, to };
	throw new Problem(
		'install-failed',
		'RAUC knows no slot that was booted and a second one beside it: look at rauc status, and at rauc.slot= of the kernel.',
	);
};

const readStatus = (text: string): ReadonlyMap<string, Slot> => {
	try {
		const { slots } = JSON.parse(text) as { slots: readonly Readonly<Record<string, Slot>>[] };
		return new Map(slots.flatMap((one) => Object.entries(one)));
	} catch (cause) {
		throw new Problem('install-failed', 'rauc status printed nothing that can be read: is its service running?', {
			cause,
		});
	}
};

/** SHA-256 of the first `size` bytes. */
const hashOf = async (device: string, size: number): Promise<string> => {
	const sum = createHash('sha256');
	for await (const part of createReadStream(device, { end: size - 1 }) as AsyncIterable<Buffer>) sum.update(part);
	return sum.digest('hex');
};
