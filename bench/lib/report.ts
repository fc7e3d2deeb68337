import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { median, type Side } from './compare.ts';
import type { Result } from './load.ts';

const file = fileURLToPath(new URL('../../docs/speed.md', import.meta.url));

const opening = `# Speed

Measured side by side, in one run on one machine, with what a user would pick instead: Debian's mosquitto and, for
what must be on the disk before it is acknowledged, Debian's RabbitMQ with its MQTT plugin. Written by \`npm run bench -- --write\`; run it on your
own machine before you lean on a figure.

The load comes from its own process. "Per CPU-second" divides by the processor time, user and kernel, that the *server's*
process used with all its threads, read from \`/proc\`; so the load generator's work does not count, and neither does waiting.
Sides take turns, round by round; figures are medians of the rounds, with the lowest and highest in brackets.

What is compared is not the same work: on each QoS 1 publication Keyward checks the reading against the policy, stores it
durably with its ledger leaf and only then acknowledges; mosquitto, with no subscriber and no persistence, checks its ACL and
acknowledges; RabbitMQ checks its topic permission, routes the message to one durable quorum queue of one node and acknowledges
when the queue's log has it, synced to the disk. Its MQTT is 3.1.1, the others' 5; the certificates, the messages and the load
generator are the same. (NATS JetStream of Debian 12, 2.9, cannot sync each message: \`sync_interval\` came later.)
`;

/** Prints a section; with `--write` and nothing else it replaces that of docs/speed.md, or is added at the end. */
export const writeSection = (title: string, body: string): void => {
	const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
	const sections = new Map<string, string>();
	for (const part of before.split(/^## /m).slice(1)) {
		const end = part.indexOf('\n');
		sections.set(part.slice(0, end), part.slice(end + 1).trim());
	}
	sections.set(title, body.trim());
	const text = [...sections].map(([name, content]) => `\n## ${name}\n\n${content}\n`).join('');
	console.log(`\n## ${title}\n\n${body.trim()}\n`);
	// One side or size alone is for looking, not for the record.
	if (process.argv.slice(2).join() !== '--write') return;
	writeFileSync(file, opening + text);
	console.log('written to docs/speed.md');
};

/** The day, the machine and the Node that measured. */
export const where = (): string => {
	const all = cpus();
	const memory = Math.round(totalmem() / 2 ** 30);
	const machine = `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}, ${memory} GiB, Linux ${release()}`;
	return `${new Date().toISOString().slice(0, 10)} · ${machine} · load generator on Node ${process.version}`;
};

/** The same, and the versions of all sides. */
export const circumstances = (sides: readonly Side[]): string =>
	`${where()}\n\n${sides.map(({ target }) => `- ${target.name}: ${target.describe()}`).join('\n')}`;

/** Median of a figure over a side's rounds. */
export const middle = ({ results }: Side, figure: (result: Result) => number): number => median(results.map(figure));

/** `median (lowest–highest)`. */
export const spread = ({ results }: Side, figure: (result: Result) => number, decimals = 0): string => {
	const values = results.map(figure);
	const short = (value: number): string =>
		value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
	return `${short(median(values))} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
};

export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
	[headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const verdict = (met: boolean): string => (met ? 'met' : '**missed**');

export const perCpuSecond = ({ count, serverCpu }: Result): number => count / serverCpu;
