import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operations } from '@keyward/contract';
import { startSite } from '@keyward/testing/service/site';
import type { CDPSession } from 'playwright-core';
import { personAt, startBrowser } from './browser.fixture.ts';

// The fleet page with 100,000 devices, and the first page: what the page's own thread works at one piece. It is CPU time, as
// Chromium's tracing counts it, so that a busy machine changes little.

const DEVICES = 100_000;
/** A person notices more. */
const LONGEST_MS = 100;
const DRAWN_MS = 1000;
const SECONDS = 10;

const custodies = ['software', 'tpm2', 'pkcs11'] as const;
const states = ['active', 'active', 'active', 'expected', 'quarantined'] as const;

const makeFleet = (now: number): Operations['device.list']['output'] =>
	Array.from({ length: DEVICES }, (_, index) => ({
		...{ application: `hall-${index % 4}`, id: `probe-${String(index).padStart(6, '0')}` },
		...{ kind: 'device', class: 'probe', part: `GM-${index % 50}`, state: states[index % states.length] ?? 'active' },
		...{ at: now - index * 1000, certificateUntil: now + (index % 90) * 3_600_000, connected: index % 7 !== 0 },
		evidence: {
			custody: custodies[index % 3] ?? 'software',
			proof: 'claimed',
			part: null,
			manufacturer: null,
			emulated: false,
		},
	}));

/** The part of the format of Chromium's traces that is read here; times in microseconds. */
interface TraceEvent {
	readonly name: string;
	readonly ph: string;
	readonly pid: number;
	readonly tid: number;
	/** CPU time. */
	readonly tdur?: number;
	readonly args: { readonly name?: string };
}

/** CPU time of each task of the page's own thread meanwhile, in milliseconds, the longest first. */
const tasksOf = async (devtools: CDPSession, run: () => Promise<void>): Promise<number[]> => {
	const events: TraceEvent[] = [];
	const collect = ({ value }: { value: readonly unknown[] }) => void events.push(...(value as readonly TraceEvent[]));
	devtools.on('Tracing.dataCollected', collect);
	const done = new Promise<void>((resolve) => devtools.once('Tracing.tracingComplete', () => resolve()));
	await devtools.send('Tracing.start', {
		...{ traceConfig: { includedCategories: ['toplevel', '__metadata'] }, transferMode: 'ReportEvents' },
	});
	await run();
	await devtools.send('Tracing.end');
	await done;
	devtools.off('Tracing.dataCollected', collect);
	const threads = new Set(
		events
			.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
			.map(({ pid, tid }) => `${pid}/${tid}`),
	);
	return events
		.filter(({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && threads.has(`${pid}/${tid}`))
		.map(({ tdur = 0 }) => tdur / 1000)
		.toSorted((one, other) => other - one);
};

/** As by a wheel that turns quicker and quicker, and now and then by the bar. */
const scroll = async (milliseconds: number): Promise<number> => {
	const frame = document.querySelector('.scroll');
	if (!(frame instanceof HTMLElement)) throw new Error('there is no table');
	const end = performance.now() + milliseconds;
	let frames = 0;
	for (; performance.now() < end; frames++) {
		await new Promise((resolve) => requestAnimationFrame(resolve));
		frame.scrollTop = frames % 50 === 49 ? Math.random() * frame.scrollHeight : frame.scrollTop + 20 * (frames % 50);
	}
	return frames;
};

test('100,000 devices are scrolled, and the first page is drawn, without a long task', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const url = `https://localhost:${site.httpsPort}`;
	const browser = await startBrowser(t, site.httpsPort);
	const { page, context, join } = await personAt(browser);
	await join(site, 'anna', 'owner');
	await site.commissionDevice('hall', 'probe-1');
	const devtools = await context.newCDPSession(page);
	const tell = (what: string, tasks: readonly number[]): number => {
		const sum = tasks.reduce((one, other) => one + other, 0);
		const [longest = 0] = tasks;
		console.log(`${what}: ${tasks.length} tasks, ${sum.toFixed(0)} ms of CPU, the longest ${longest.toFixed(0)} ms`);
		assert.ok(tasks.length > 0, 'the trace has the page in it');
		return longest;
	};

	const first = await tasksOf(devtools, async () => {
		await page.goto(url);
		await page.locator('section[aria-label="hall"]').waitFor();
	});
	tell('first page', first);
	assert.ok(first.reduce((one, other) => one + other, 0) < DRAWN_MS);
	const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
	console.log(`first page: painted after ${painted?.toFixed(0)} ms of this machine's clock`);

	const body = JSON.stringify(makeFleet(Date.now()));
	await page.route('**/v1/operations/device.list', (route) => route.fulfill({ contentType: 'application/json', body }));
	const opened = await tasksOf(devtools, async () => {
		await page.goto(`${url}/fleet`);
		await page.locator('[role=status]', { hasText: '100,000 of 100,000' }).waitFor();
	});
	tell(`opened, an answer of ${(body.length / 1e6).toFixed(0)} MB`, opened);
	let frames = 0;
	const scrolled = await tasksOf(devtools, async () => {
		frames = await page.evaluate(scroll, SECONDS * 1000);
	});
	const longest = tell(`scrolled for ${SECONDS} s, ${frames} frames`, scrolled);
	const searched = await tasksOf(devtools, async () => {
		await page.getByRole('searchbox').pressSequentially('probe-05');
		await page.locator('[role=status]', { hasText: '10,000 of' }).waitFor();
	});
	tell('searched, eight letters', searched);
	const ordered = await tasksOf(devtools, async () => {
		await page.goto(`${url}/fleet`);
		await page.locator('.cell.until button').click();
		await page.locator('[aria-sort=ascending]', { hasText: 'Certificate' }).waitFor();
	});
	tell('opened and ordered by another column', ordered);
	assert.ok(longest < LONGEST_MS, `${longest} ms`);
});
