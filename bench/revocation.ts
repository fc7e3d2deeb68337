import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectLocal } from '@keyward/client';
import { quantile } from './lib/compare.ts';
import { keyward } from './lib/keyward-target.ts';
import { closeAll, type Link, openAll } from './lib/link.ts';
import { publications, template } from './lib/packet.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// From the answer to "revoke" until the revoked device's connection has given its last byte, as that device sees it.

const [aimSeconds, wishMilliseconds] = [1, 50];
const sessions = 1000;
const folder = mkdtempSync(join(tmpdir(), 'keyward-revocation-'));
const running = await keyward.start(folder, sessions);
try {
	const links = await openAll(running, running.identities);
	const seen = links.map(() => ({ lastByte: Number.NaN, closed: Promise.withResolvers<void>() }));
	const times = links.map(() => Date.now() - 3_600_000);
	const stamp = (index: number): void => {
		const session = seen[index];
		if (session !== undefined) session.lastByte = performance.now();
	};
	const watch = (link: Link, index: number): void => {
		link.lost = () => undefined;
		link.heard = () => stamp(index);
		link.socket.once('close', () => seen[index]?.closed.resolve());
	};
	links.forEach(watch);
	// Every session is in use: one reading a second each, so that an answer may be on its way at any moment.
	const publishing = setInterval(() => {
		for (const [index, { socket }] of links.entries()) {
			if (socket.destroyed || socket.writableEnded) continue;
			const time = (times[index] = (times[index] ?? 0) + 1);
			socket.write(publications(template(running.identities[index]?.topic ?? ''), 1, (time % 0xffff) + 1, time));
		}
	}, 1000);
	const operator = connectLocal(join(folder, 'data'));
	const [afterAnswer, whole]: [number[], number[]] = [[], []];
	for (const [index, { clientId }] of running.identities.entries()) {
		const asked = performance.now();
		await operator.call('principal.revoke', { kind: 'device', application: 'bench', id: clientId, reason: 'bench' });
		const answered = performance.now();
		await seen[index]?.closed.promise;
		const last = seen[index]?.lastByte ?? Number.NaN;
		if (!(last > asked)) throw new Error(`${clientId} heard nothing after its revocation was asked for`);
		afterAnswer.push(Math.max(0, last - answered));
		whole.push(last - asked);
	}
	clearInterval(publishing);
	operator.close();
	closeAll(links);
	const figures = (values: readonly number[]): string =>
		[0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1)).join(' / ');
	const p99 = quantile(afterAnswer, 0.99);
	writeSection(
		'Revocation',
		`${where()}

${sessions.toLocaleString('en-GB')} live sessions with one reading a second each; every one is revoked in turn through the API. Milliseconds until the last
byte that the revoked device received on its connection; 0 where that byte came before the answer did.

${table(
	['', 'p50 / p99 / longest', 'aim'],
	[
		[
			'from the answer of the API',
			figures(afterAnswer),
			`p99 under ${aimSeconds} s: ${verdict(p99 < aimSeconds * 1000)}; under ${wishMilliseconds} ms: ${verdict(p99 < wishMilliseconds)}`,
		],
		['from the request to the API', figures(whole), ''],
	],
)}`,
	);
} finally {
	await running.stop();
	rmSync(folder, { recursive: true, force: true });
}
