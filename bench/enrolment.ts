import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Hardware } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { partOfTpm } from '@keyward/agent/tpm2';
import { connectLocal } from '@keyward/client';
import { makeTpmManufacturer, startSwtpm } from '@keyward/testing/custody/swtpm';
import { median } from './lib/compare.ts';
import { cpuSeconds } from './lib/process-stat.ts';
import { table, where, writeSection } from './lib/report.ts';

// Whole commissionings by the agent, with keys in files and with keys in emulated TPMs that are attested.

const main = fileURLToPath(new URL('../packages/cli/main.ts', import.meta.url));
const application = 'bench';
const rounds = 3;
/** Devices at a time. A TPM works for one; more than two emulators would only wait for each other on two cores. */
const sides = [
	{ name: 'key in a file', tpms: 0, atOnce: 8, devices: 160 },
	{ name: 'key in a TPM, attested', tpms: 2, atOnce: 2, devices: 24 },
] as const;

const policy = `application: ${application}
level: { authenticity: 2, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  temperature: { unit: Cel, every: 1s, readers: [desk] }
devices:
  probe: { custody: [software, tpm2], streams: [temperature] }
`;

const folder = mkdtempSync(join(tmpdir(), 'keyward-enrolment-'));
const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
const room = { after: (end?: unknown) => void (typeof end === 'function' && endings.unshift(end as () => unknown)) };
try {
	const manufacturer = await makeTpmManufacturer();
	const tpms = [await startSwtpm(room, { manufacturer }), await startSwtpm(room, { manufacturer })];
	const parts = await Promise.all(tpms.map(({ tcti }) => partOfTpm({ tcti })));

	const data = join(folder, 'data');
	mkdirSync(data, { mode: 0o700 });
	const emulators = `emulators: [{ name: swtpm, anchors: [${manufacturer.rootFile}] }]`;
	const ports = 'ports: { https: 0, mqtt: [{ port: 0, floor: tls1.3 }] }';
	writeFileSync(join(data, 'site.yaml'), `${ports}\n${emulators}\nlog-level: error\n`);
	const site = spawn(process.execPath, [main, 'serve', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
	endings.unshift(async () => {
		site.kill();
		await once(site, 'exit');
	});
	await once(site.stdout, 'data');
	site.stdout.resume();
	const operator = connectLocal(data);
	await operator.call('policy.apply', { text: policy });

	let named = 0;
	const run = async ({ tpms: hardware, atOnce, devices }: (typeof sides)[number]) => {
		const strings: { readonly device: string; readonly commissioning: string; readonly tcti: string | null }[] = [];
		for (let index = 0; index < devices; index++) {
			const [tpm, part] = [tpms[index % 2], parts[index % 2]];
			const device = `d${named++}`;
			const more = hardware > 0 && part !== undefined ? { part: part.part } : {};
			const { commissioning } = await operator.call('device.expect', { application, device, ...more });
			strings.push({ device, commissioning, tcti: hardware > 0 ? (tpm?.tcti ?? null) : null });
		}
		const latencies: number[] = [];
		const worker = async (lane: number): Promise<void> => {
			for (const [index, { device, commissioning, tcti }] of strings.entries()) {
				if (index % atOnce !== lane) continue;
				const began = performance.now();
				const place: Hardware | null = tcti === null ? null : { custody: 'tpm2', tcti };
				await commission({
					commissioning,
					folder: join(folder, device),
					kind: 'device',
					clock: { now: () => Date.now() },
					...(place !== null && { hardware: place, endorsementFile: manufacturer.issuerFile }),
				});
				latencies.push(performance.now() - began);
			}
		};
		const [began, served, own] = [performance.now(), cpuSeconds(site.pid ?? 0), cpuUsage()];
		await Promise.all(Array.from({ length: atOnce }, (_, lane) => worker(lane)));
		const { user, system } = cpuUsage(own);
		return {
			perSecond: (devices * 1000) / (performance.now() - began),
			serverCpu: ((cpuSeconds(site.pid ?? 0) - served) * 1000) / devices,
			deviceCpu: (user + system) / 1000 / devices,
			latency: median(latencies),
		};
	};
	await run(sides[0]);
	const results = sides.map((side) => ({ side, runs: [] as Awaited<ReturnType<typeof run>>[] }));
	for (let round = 0; round < rounds; round++) {
		for (const { side, runs } of results) runs.push(await run(side));
	}
	operator.close();
	const rows = results.map(({ side, runs }) => {
		const middle = (figure: (one: (typeof runs)[number]) => number): string => median(runs.map(figure)).toFixed(1);
		return [
			side.name,
			String(side.atOnce),
			middle(({ perSecond }) => perSecond),
			middle(({ latency }) => latency),
			middle(({ serverCpu }) => serverCpu),
			middle(({ deviceCpu }) => deviceCpu),
		];
	});
	const attests = Math.round(1000 / median(results[1]?.runs.map(({ serverCpu }) => serverCpu) ?? []));
	writeSection(
		'Enrolment',
		`${where()}

Whole commissionings by the agent: key made and on the disk, three connections (pin, enrolment, CA certificates), certificate
checked and written. With a TPM also its attestation key, the challenge and the evidence; two swtpm, each working for one device
at a time. Registrations are one after the other and each is on the disk twice (intent, certificate) before it is answered.
Medians of ${rounds} rounds.

${table(
	['', 'at a time', 'per second', 'milliseconds for one', 'server CPU ms each', 'device CPU ms each (without the TPM)'],
	rows,
)}

What bounds them: the last two columns are all that service and device compute; what is left of the milliseconds for one is the
TPM's work, the disks' and waiting for a turn. By its CPU time alone a core of the service would attest ${attests} devices a second, if so
many had their TPMs ready.`,
	);
} finally {
	for (const end of endings) await end();
}
