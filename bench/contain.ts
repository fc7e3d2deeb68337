import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectLocal } from '@keyward/client';
import { quantile } from './lib/compare.ts';
import { keyward } from './lib/keyward-target.ts';
import { closeAll, contextFor, open, openAll } from './lib/link.ts';
import { packetType, publications, subscribe, template } from './lib/packet.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// From the call to "contain" until the contained device has seen all of it: its session ended, with the subscription in it, and its
// certificate refused when it comes back.

const PUBLISH = 3;
const aim = 1000;
const application = 'bench';
const connected = Number(process.env['BENCH_CONNECTED'] ?? 10_000);
const contained = Math.min(100, connected);
const folder = mkdtempSync(join(tmpdir(), 'keyward-contain-'));
const running = await keyward.start(folder, connected);
try {
	const links = await openAll(running, running.identities);
	const operator = connectLocal(join(folder, 'data'));
	for (const link of links) link.lost = () => undefined;
	const began = Date.now() - 3_600_000;
	// The first reading ever of a device has a key made for it: that is over before anything is measured.
	await Promise.all(
		links.map((link, index) => {
			const taken = Promise.withResolvers<void>();
			link.on = (type) => (type === packetType.puback ? taken.resolve() : undefined);
			link.socket.write(publications(template(running.identities[index]?.topic ?? ''), 1, 1, began));
			return taken.promise;
		}),
	);
	// Every session is in use: each sends a reading every ten seconds, spread evenly.
	let beat = 0;
	const publishing = setInterval(() => {
		beat++;
		for (let index = beat % 100; index < links.length; index += 100) {
			const socket = links[index]?.socket;
			if (socket === undefined || socket.destroyed || socket.writableEnded) continue;
			socket.write(
				publications(template(running.identities[index]?.topic ?? ''), 1, (beat % 0xffff) + 1, began + beat * 100),
			);
		}
	}, 100);
	const [session, subscription, refused, answer]: [number[], number[], number[], number[]] = [[], [], [], []];
	for (let turn = 0; turn < contained; turn++) {
		const index = Math.floor((turn * connected) / contained);
		const [link, identity] = [links[index], running.identities[index]];
		if (link === undefined || identity === undefined) throw new Error('there is no such device');
		const device = identity.clientId;
		const ended = Promise.withResolvers<void>();
		const first = Promise.withResolvers<void>();
		let lastByte = Number.NaN;
		let commands = 0;
		link.heard = () => {
			lastByte = performance.now();
		};
		link.on = (type) => {
			if (type !== PUBLISH) return;
			commands++;
			first.resolve();
		};
		link.socket.once('close', () => ended.resolve());
		link.socket.write(subscribe(1, `${application}/${device}/_commands`));
		// The subscription works before the call, and commands are on their way while it is made.
		const send = () => operator.call('command.send', { application, device, payload: 'open' }).catch(() => null);
		await send();
		await first.promise;
		const onTheirWay = Array.from({ length: 3 }, send);
		const asked = performance.now();
		const answering = operator
			.call('device.contain', { application, device, since: 0, reason: 'bench' })
			.then(() => performance.now());
		await ended.promise;
		const closed = performance.now();
		const atClose = commands;
		const why = await open(running, identity, contextFor(running, identity)).then(
			() => null,
			(error: unknown) => error,
		);
		const again = performance.now();
		if (!(why instanceof Error)) throw new Error(`${device} opened a session again after it was cut`);
		answer.push((await answering) - asked);
		await Promise.all(onTheirWay);
		if (commands !== atClose) throw new Error(`${device} got a command after its session was cut`);
		session.push(closed - asked);
		subscription.push(Math.max(0, lastByte - asked));
		refused.push(again - asked);
	}
	clearInterval(publishing);
	const [posture] = await operator.call('posture', { application, level: 4 });
	const weak = posture?.objectives
		.find(({ objective }) => objective === 'resistance')
		?.weakest.find(({ requirement }) => requirement === 'containment-time');
	operator.close();
	const figures = (values: readonly number[]): string =>
		[0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1)).join(' / ');
	const judged = (values: readonly number[]): string =>
		`longest under ${aim} ms: ${verdict(quantile(values, 1) < aim)}`;
	writeSection(
		'Containment',
		`${where()}

${connected.toLocaleString('en-GB')} devices are connected and send a reading every ten seconds; ${contained} of them, evenly spread, are contained one after another, each while commands are on
their way to it. Every device has sent a reading before: a first one has a key made and written for its device, and while ten thousand come within ten
seconds a containment waited up to 4 s behind them. Milliseconds from the call to \`device.contain\` until the device has seen it on its own connections. Posture afterwards:
containment-time ${weak === undefined ? 'holds level 4' : `is at level ${weak.held} (${weak.reason})`}.

${table(
	['seen by the device', 'p50 / p99 / longest', 'aim'],
	[
		['its session is cut: the connection closed', figures(session), judged(session)],
		['its subscription is cut: the last byte that came', figures(subscription), judged(subscription)],
		['its certificate is refused: it dialled again as soon as it was cut', figures(refused), judged(refused)],
		['the answer of the call: every step is done and on the disk', figures(answer), ''],
	],
)}`,
	);
	closeAll(links);
} finally {
	await running.stop();
	rmSync(folder, { recursive: true, force: true });
}
