import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FloodResult, limitOf, type Latencies, revocations, runFlood } from './lib/flood-run.ts';
import { commissionCast, type FloodSite, startFloodSite } from './lib/flood-site.ts';
import { type FloodName, floods } from './lib/floods.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// What strangers and peers can do to admitted devices by asking for too much: `node bench/flood.ts [FLOOD…]`.

const devices = 200;
const aims = { revocation: 1000, bytes: 256 * 2 ** 20, back: 5000 } as const;

const all = Object.keys(floods) as FloodName[];
const wanted = process.argv.slice(2).filter((word) => word !== '--write');
const unknown = wanted.find((name) => !all.some((one) => one === name));
if (unknown !== undefined) throw new Error(`${unknown} is no flood; there are ${all.join(', ')}`);
const kinds = wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));

const short = (value: number): string => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-GB'));
const seconds = (value: number): string =>
	value === Number.POSITIVE_INFINITY ? 'not seen' : `${(value / 1000).toFixed(1)} s`;
const megabytes = (bytes: number): string => String(Math.round(bytes / 2 ** 20));
const figures = ({ p50, p99, longest, owed }: Latencies): string =>
	`${[p50, p99, longest].map(short).join(' / ')}${owed > 0 ? ` (${owed.toLocaleString('en-GB')} never seen)` : ''}`;

/** What the flooder got, most frequent first. */
const answersOf = ({ tally: { connections, ended, sentBytes, answers } }: FloodResult): string => {
	const parts = Object.entries(answers)
		.toSorted(([, a], [, b]) => b - a)
		.slice(0, 3)
		.map(([name, count]) => `${count.toLocaleString('en-GB')} × ${name}`);
	const sent = `${(sentBytes / 1e6).toFixed(1)} MB`;
	return [sent, ...parts, `${ended} of ${connections} connections ended`].join(', ');
};

const missed = (result: FloodResult): string => {
	const { quiet, during, revocation, quietBytes, mostBytes, back, stopped } = result;
	const misses = [
		...(during.p99 < limitOf(quiet) ? [] : ['p99']),
		...(revocation < aims.revocation ? [] : ['revocation']),
		...(mostBytes - quietBytes < aims.bytes && !stopped ? [] : ['memory']),
		...(back < aims.back ? [] : ['back to normal']),
	];
	return `${verdict(misses.length === 0)}${misses.length === 0 ? '' : `: ${misses.join(', ')}`}`;
};

const folder = mkdtempSync(join(tmpdir(), 'keyward-flood-'));

const withSite = async <Value>(work: (site: FloodSite) => Promise<Value>): Promise<Value> => {
	const site = await startFloodSite(folder);
	try {
		return await work(site);
	} finally {
		await site.stop();
	}
};

const rows: string[][] = [];
try {
	const cast = await withSite(() => commissionCast(folder, devices + kinds.length * revocations));
	const identities = join(folder, 'identities.json');
	writeFileSync(identities, JSON.stringify(cast.devices.slice(0, devices)), { mode: 0o600 });
	for (const [index, kind] of kinds.entries()) {
		// Each flood meets a site that was just started: what the last one left behind is not counted twice.
		const spent = devices + index * revocations;
		const revoked = cast.devices.slice(spent, spent + revocations);
		const steady = { ...cast, devices: cast.devices.slice(0, devices) };
		const result = await withSite((site) => runFlood(kind, folder, site, steady, revoked, identities));
		const { quiet, during, quietRevocation, revocation, quietBytes, mostBytes, back, stopped } = result;
		rows.push([
			floods[kind].title,
			figures(quiet),
			figures(during),
			`${short(quietRevocation)} / ${revocation === Number.POSITIVE_INFINITY ? 'not seen' : short(revocation)}`,
			`${megabytes(quietBytes)} / ${megabytes(mostBytes)}${stopped ? ', stopped' : ''}`,
			seconds(back),
			answersOf(result),
			missed(result),
		]);
		console.error(rows.at(-1)?.join(' | '));
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}

writeSection(
	'Floods',
	`${where()}

${devices} admitted devices publish one reading a second each (QoS 1) at their own pace; each flood comes for 10 s out of a process
apart with bytes made beforehand, against a site that was just started, on the same two cores. Quiet: the 5 s before it.
Milliseconds from write to PUBACK of every reading of those devices, p50 / p99 / longest; what was still owed 15 s after the flood
counts with its time until then. Revocation: milliseconds from asking until the device's connection was over, once in the quiet time / the longest of
three during the flood. Memory: MiB resident, quiet / most. A site that grows by 2 GiB is stopped.

Aims: p99 under 50 ms or twice the quiet one, whichever is more; revocation under 1 s; memory within 256 MiB of quiet; p99 back under its
limit within 5 s of the flood's end.

${table(
	[
		'flood',
		'acknowledgements, quiet',
		'acknowledgements, flood',
		'revocation',
		'memory',
		'back to normal',
		'what the flood got',
		'aims',
	],
	rows,
)}`,
);
