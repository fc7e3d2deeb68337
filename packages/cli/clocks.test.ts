import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { needs } from '@keyward/testing/debian';
import { temporaryFolder } from '@keyward/testing/folder';
import type { ReadingView } from '@keyward/contract';
import { days, hours } from '@keyward/core';
import { type ClockAgent, setMachine, startClockAgent } from '@keyward/testing/agent/clock-agent';
import { until } from '@keyward/testing/agent/until';
import { startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';

// Agents whose machines' clocks are wrong: what is stored has its true time, or a mark. Each value is the true time.

const policy = (application: string, more: string): string => `
application: ${application}
level: { authenticity: 2, authorization: 2, integrity: 3, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  moment: { unit: ms, every: 1s, readers: [desk]${more} }
devices:
  probe: { custody: [software], streams: [moment] }
`;

/** As much as a test on a busy machine takes between two looks at its clock. */
const near = 60_000;

const readAll = async (
	site: TestSite,
	{ tls }: TestIdentity,
	application: string,
	device: string,
): Promise<ReadingView[]> => {
	const agent = new Agent(tls);
	const asked = request(`${site.url}/v1/readings/${application}/${device}/moment?limit=1000`, { agent }).end();
	const [response] = (await once(asked, 'response')) as [IncomingMessage];
	const { readings } = (await json(response)) as { readings: ReadingView[] };
	agent.destroy();
	return readings;
};

/** Each reading once, at its true time or marked; gives how many of both. */
const judge = (readings: readonly ReadingView[]): { right: number; marked: number } => {
	// By the values: at a correction of the clock two may come to the same millisecond.
	assert.equal(new Set(readings.map(({ value }) => value)).size, readings.length);
	const marked = readings.filter(({ doubt }) => doubt?.includes('time') === true).length;
	for (const { time, value, doubt } of readings) {
		if (doubt === undefined) assert.ok(Math.abs(time - Number(value)) < near, `${time - Number(value)} ms off`);
	}
	return { right: readings.length - marked, marked };
};

const finding = (agent: ClockAgent, kind: string): boolean =>
	agent.events.some((event) => event.event === 'clock' && event.finding === kind);

const stopped: (() => unknown)[] = [];
const ends = { after: (end: () => unknown) => void stopped.push(end) };

/** One site for all: readings of doubtful time are refused in the hall, and marked in the field. */
const open = async () => {
	const site = await startSite(ends, { policies: [policy('hall', ''), policy('field', ', doubtful-time: mark')] });
	const desks = new Map<string, TestIdentity>();
	for (const application of ['hall', 'field']) desks.set(application, await site.commissionReader(application, 'desk'));
	const home = temporaryFolder('keyward-clocks-');
	return {
		site,
		file: (name: string): string => join(home, name),
		commission: async (device: string, application = 'hall'): Promise<string> => {
			const { identity } = await site.commissionDevice(application, device);
			await site.grant(application, 'desk', device, 'moment');
			return identity.folder;
		},
		read: (device: string, application = 'hall') => {
			const desk = desks.get(application);
			assert.ok(desk !== undefined);
			return readAll(site, desk, application, device);
		},
	};
};

let opened: Awaited<ReturnType<typeof open>>;
before(async () => {
	opened = await open();
});
after(async () => {
	for (const end of stopped.toReversed()) await end();
});

test('clocks at 1970, 2000, three days behind, two hours ahead, set right in the middle: every reading has its true time', async (t) => {
	const { site, commission, file, read } = opened;
	const offs = { y1970: -Date.now(), y2000: Date.UTC(2000, 0, 1) - Date.now(), behind: days(-3), ahead: hours(2) };
	const machines = await Promise.all(
		Object.entries(offs).map(async ([name, off]) => ({ name, off, folder: await commission(name), path: file(name) })),
	);
	const on = Date.now() - 60_000;
	const agents: { name: string; path: string; agent: ClockAgent }[] = [];
	t.after(() => Promise.all(agents.map(({ agent }) => agent.kill())));
	// The site is away while they begin.
	await site.restart(async () => {
		for (const { name, off, folder, path } of machines) {
			setMachine(path, { boot: 'first', on, off });
			agents.push({ name, path, agent: startClockAgent(folder, path) });
		}
		for (const { name, agent } of agents) await until(`${name} measured`, () => agent.measured() >= 10);
	});
	for (const { name, path, agent } of agents) {
		await until(`${name} is told`, () => finding(agent, 'off') && finding(agent, 'dated'));
		assert.equal(finding(agent, 'before-floor'), name !== 'ahead', name);
		const then = agent.measured();
		setMachine(path, { boot: 'first', on, off: 0 });
		await until(`${name} says the jump`, () => finding(agent, 'jumped'));
		await until(`${name} goes on`, () => agent.measured() > then + 10);
		await agent.kill();
		const { right, marked } = judge(await read(name));
		assert.equal(marked, 0);
		assert.ok(right >= 10, `${name}: ${right}`);
	}
});

test('a power cut before the true time was known: those readings are refused, or marked where the policy takes them so', async (t) => {
	const { site, commission, file, read } = opened;
	const y2000 = Date.UTC(2000, 0, 1);
	const probes = await Promise.all(
		[{ application: 'hall', taken: false } as const, { application: 'field', taken: true } as const].map(
			async (of) => ({
				...of,
				...{ folder: await commission('probe', of.application), path: file(`${of.application}-machine`) },
			}),
		),
	);
	const switchOn = ({ folder, path }: (typeof probes)[number], boot: string): ClockAgent => {
		setMachine(path, { boot, on: Date.now(), off: y2000 - Date.now() });
		const agent = startClockAgent(folder, path);
		t.after(() => agent.kill());
		return agent;
	};
	const agents: { probe: (typeof probes)[number]; before: number; agent: ClockAgent }[] = [];
	await site.restart(async () => {
		const firsts = probes.map((probe) => ({ probe, first: switchOn(probe, 'first') }));
		for (const { probe, first } of firsts) {
			await until('measured', () => first.measured() >= 10);
			await first.kill();
			agents.push({ probe, before: first.measured(), agent: switchOn(probe, 'second') });
		}
	});
	for (const { probe, before, agent } of agents) {
		const { application, taken } = probe;
		const accepted = (): number =>
			Math.max(0, ...agent.events.map((one) => (one.event === 'status' ? one.counters.accepted : 0)));
		await until('delivered', () => accepted() > before + 10);
		await agent.kill();
		const { right, marked } = judge(await read('probe', application));
		assert.ok(right >= 10);
		assert.equal(marked >= before, taken, `${marked} of ${before}`);
		if (!taken) {
			assert.equal(marked, 0);
			assert.ok(agent.events.some((one) => one.event === 'refused' && one.code === 'reading-time-doubted'));
		}
	}
});

test('every source that the command line makes measures by the clock that nobody sets', () => {
	const folder = new URL('verbs/source/', import.meta.url);
	const sources = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);
	assert.ok(sources.length > 5);
	for (const [name, text] of sources) assert.ok(!text.includes('wallClock'), `${name}: give it stationClock`);
});

const program = fileURLToPath(new URL('bin/keyward.js', import.meta.url));
const libfaketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

test('keyward device run on a machine that is at 2000 until its clock is set', async (t) => {
	if (!needs(t, 'faketime/libfaketimeMT.so.1')) return;
	const { commission, file, read } = opened;
	const folder = await commission('faked');
	const stamp = file('faketimerc');
	writeFileSync(stamp, '@2000-01-01 00:00:00\n');
	const options = ['--folder', folder, '--source', 'stdin', '--stream', 'moment', '--unit', 'moment=ms', '--json'];
	const faked = { LD_PRELOAD: libfaketime, FAKETIME_TIMESTAMP_FILE: stamp, FAKETIME_NO_CACHE: '1', TZ: 'UTC' };
	const child = spawn(process.execPath, [program, 'device', 'run', ...options], {
		stdio: ['pipe', 'pipe', 'inherit'],
		env: { ...process.env, ...faked, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' },
	});
	t.after(() => child.kill('SIGKILL'));
	// What was on its way when it is killed.
	child.stdin.on('error', () => {});
	const events: Record<string, unknown>[] = [];
	createInterface({ input: child.stdout }).on('line', (line) =>
		events.push(JSON.parse(line) as Record<string, unknown>),
	);
	const said = (finding: string): boolean => events.some((one) => one['finding'] === finding);
	const number = (key: string): number => Number(events.findLast((one) => one['event'] === 'status')?.[key] ?? 0);
	const measure = setInterval(() => child.stdin.write(`${Date.now()}\n`), 100);
	t.after(() => clearInterval(measure));
	await until('its clock is doubted', () => said('before-floor') && number('undated') >= 10);
	assert.equal(number('accepted'), 0);
	writeFileSync(stamp, '+0\n');
	await until('its clock has jumped', () => said('jumped'));
	await until('delivered', () => number('accepted') >= 20);
	clearInterval(measure);
	child.kill('SIGKILL');
	const { right, marked } = judge(await read('faked'));
	assert.ok(right >= 20 && marked === 0);
});
