import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectLocal } from '@keyward/client';
import { quantile } from './lib/compare.ts';
import { keyward } from './lib/keyward-target.ts';
import { closeAll, openAll } from './lib/link.ts';
import { publications, subscribe, template } from './lib/packet.ts';
import { commissionReaders, openEvents } from './lib/readers.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// From the answer to "end this grant" until the reader has heard its last byte, on its MQTT subscription and on its event stream.

const aim = 50;
/** Event streams: as many of all certificates as one site serves (256), less a few. */
const [subscriptions, streams] = [1000, 250];
const application = 'bench';
const folder = mkdtempSync(join(tmpdir(), 'keyward-grants-'));
const running = await keyward.start(folder, 1);
try {
	const [device] = running.identities;
	if (device === undefined) throw new Error('there is no device');
	const ids = Array.from({ length: subscriptions }, (_, index) => `r${String(index).padStart(4, '0')}`);
	const operator = connectLocal(join(folder, 'data'));
	await operator.call('policy.apply', {
		text: `application: ${application}
level: { authenticity: 2, authorization: 2, integrity: 2, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  temperature: { unit: Cel, every: 1ms, readers: [${ids.join(', ')}] }
devices:
  probe: { custody: [software], streams: [temperature] }
`,
	});
	const readers = await commissionReaders(operator, application, ids, join(folder, 'readers'));
	const identities = readers.map(({ id, identity, key }) => ({
		...{ key, certificate: identity.certificate, clientId: id, topic: `${application}/#` },
	}));
	const [publisher] = await openAll(running, [device]);
	const links = await openAll(running, identities);
	const watched = () => ({ lastByte: Number.NaN, closed: Promise.withResolvers<void>() });
	const mqtt = links.map(watched);
	const events = readers.slice(0, streams).map(watched);
	for (const [index, link] of links.entries()) {
		const seen = mqtt[index];
		if (seen === undefined) continue;
		link.lost = () => undefined;
		link.heard = () => {
			seen.lastByte = performance.now();
		};
		link.socket.once('close', () => seen.closed.resolve());
		link.socket.write(subscribe(1, `${application}/#`));
	}
	for (const [index, seen] of events.entries()) {
		const reader = readers[index];
		if (reader === undefined) continue;
		await openEvents(
			reader,
			`/v1/readings/${device.topic}`,
			() => {
				seen.lastByte = performance.now();
			},
			() => seen.closed.resolve(),
		);
	}
	// A reading a second to every one of them, so that a delivery may be on its way at any moment.
	let time = Date.now() - 3_600_000;
	const publishing = setInterval(() => {
		time++;
		publisher?.socket.write(publications(template(device.topic), 1, (time % 0xffff) + 1, time));
	}, 1000);
	while ([...mqtt, ...events].some(({ lastByte }) => Number.isNaN(lastByte)))
		await new Promise((resolve) => setTimeout(resolve, 100));
	const [ofMqtt, ofEvents, whole]: [number[], number[], number[]] = [[], [], []];
	for (const [index, { grant, id }] of readers.entries()) {
		const asked = performance.now();
		await operator.call('grant.end', { id: grant });
		const answered = performance.now();
		whole.push(answered - asked);
		for (const [seen, into] of [
			[mqtt[index], ofMqtt],
			[events[index], ofEvents],
		] as const) {
			if (seen === undefined) continue;
			await seen.closed.promise;
			if (!(seen.lastByte > asked)) throw new Error(`${id} heard nothing after its grant was to end`);
			into.push(Math.max(0, seen.lastByte - answered));
		}
	}
	clearInterval(publishing);
	operator.close();
	closeAll([...links, ...(publisher === undefined ? [] : [publisher])]);
	const figures = (values: readonly number[]): string =>
		[0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1)).join(' / ');
	const judged = (values: readonly number[]): string => {
		const p99 = quantile(values, 0.99);
		return `p99 under ${aim} ms: ${verdict(p99 < aim)}`;
	};
	writeSection(
		'Grants that end',
		`${where()}

${subscriptions.toLocaleString('en-GB')} readers, each with a certificate, a grant and an MQTT subscription, ${streams} of them with an event stream over HTTPS as well (a site
serves 256 of those); a reading a second is delivered to all. Every grant is ended in turn through the API, which answers when the workers have
acted. Milliseconds from that answer until the last byte that the reader received; 0 where that byte came before the answer did.

${table(
	['', 'p50 / p99 / longest', 'aim'],
	[
		['MQTT, from the answer of the API', figures(ofMqtt), judged(ofMqtt)],
		['event stream, from the answer of the API', figures(ofEvents), judged(ofEvents)],
		['the answer, from the request', figures(whole), ''],
	],
)}`,
	);
} finally {
	await running.stop();
	rmSync(folder, { recursive: true, force: true });
}
