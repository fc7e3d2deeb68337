import { randomBytes, hash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { openIdentity, openUpdater } from '@keyward/agent';
import type { Release } from '@keyward/core/update';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { startSite } from '@keyward/testing/service/site';

// Bytes and connections of devices through a proxy that counts: asking while there is nothing new, one device and a fleet, each with its
// own certificate, and a fix of 10 KB in 50 MB. `node bench/update-traffic.ts [DEVICES]` (1,000); docs/speed.md has what it said.

const devices = Number(process.argv[2] ?? 1000);

const ends: (() => unknown)[] = [];
const site = await startSite({ after: (end) => void ends.push(end) }, { linkWorkers: 2 });
try {
	const place = dirname(site.folder);
	const owner = await ownSite(site);
	await owner.publish();
	const { publish } = releasesOf(site, owner, place);
	const { identity } = await site.commissionDevice('hall', 'probe-1', 'probe');
	const count = { connections: 0, up: 0, down: 0 };
	const proxy = createServer((inner) => {
		count.connections++;
		const outer = connect(site.httpsPort, '127.0.0.1');
		inner.on('data', (bytes) => (count.up += bytes.length)).pipe(outer);
		outer.on('data', (bytes) => (count.down += bytes.length)).pipe(inner);
		inner.on('error', () => outer.destroy());
		outer.on('error', () => inner.destroy());
	}).listen(0, '127.0.0.1');
	ends.push(() => proxy.close());
	await new Promise((ready) => proxy.once('listening', ready));
	const { port } = proxy.address() as AddressInfo;
	const program =
		'#!/bin/sh\ncd "$(dirname "$0")" || exit 1\n[ "$1" != install ] || touch b\n[ -e b ] && echo b a || echo a b\n';
	await writeFile(join(place, 'boot.sh'), program, { mode: 0o755 });
	const call = (word: string) => ({ program: join(place, 'boot.sh'), arguments: [word] });
	const settings = {
		installer: 'command',
		status: call('status'),
		install: call('install'),
		'fall-back': call('back'),
	};
	/** Has it ask through the proxy, and follow updates. */
	const prepare = async (folder: string): Promise<void> => {
		for (const name of await readdir(folder))
			if (name.endsWith('.json')) {
				const file = join(folder, name);
				const text = await readFile(file, 'utf8');
				await writeFile(file, text.replaceAll(`:${site.httpsPort}`, `:${port}`));
			}
		await mkdir(join(folder, 'update'), { recursive: true });
		await writeFile(join(folder, 'update', 'settings.json'), JSON.stringify(settings));
	};
	await prepare(identity.folder);

	const image = randomBytes(50_000_000);
	const release = (version: string, bytes: Uint8Array) => {
		const chunks: string[] = [];
		for (let at = 0; at < bytes.length; at += 65_536) chunks.push(hash('sha256', bytes.subarray(at, at + 65_536)));
		const more: Partial<Release> = { installer: 'command', chunks: { size: 65_536, hashes: chunks } };
		const made = makeRelease(version, more);
		const contents = { ...made.contents, image: { length: bytes.length, sha256: hash('sha256', bytes) } };
		return publish({ ...made, bytes: { ...made.bytes, image: new Uint8Array(bytes) }, contents });
	};
	const measure = async (what: string, work: () => Promise<unknown>): Promise<void> => {
		Object.assign(count, { connections: 0, up: 0, down: 0 });
		await work();
		console.log(`${what}: ${count.connections} connections, ${count.up} bytes up, ${count.down} bytes down`);
	};
	type Use = (updater: NonNullable<Awaited<ReturnType<typeof openUpdater>>>) => Promise<unknown>;
	const live = async (use: Use, folder = identity.folder) => {
		using updater = await openUpdater(await openIdentity(folder));
		if (updater === null) throw new Error('no updater');
		await updater.begin();
		await use(updater);
	};
	await release('1.0.0', image);
	await measure('first image, 50 MB', () => live((one) => one.install('releases/hall/probe/1.0.0/image', Date.now())));
	await live((one) => one.connected());
	await measure('asked, nothing new', () => live((one) => one.look(Date.now())));
	await measure('asked, nothing new', () => live((one) => one.look(Date.now())));
	const folders: string[] = [];
	for (let number = 0; number < devices; number++) {
		const { folder } = (await site.commissionDevice('hall', `fleet-${number}`, 'probe')).identity;
		await prepare(folder);
		await live((one) => one.look(Date.now()), folder);
		folders.push(folder);
	}
	await measure(`${devices} devices asked once more, nothing new`, async () => {
		for (const folder of folders) await live((one) => one.look(Date.now()), folder);
	});
	const mended = Buffer.from(image);
	randomBytes(10_000).copy(mended, 20_000_000);
	await release('1.0.1', mended);
	await measure('fix of 10 KB in 50 MB', () =>
		live((one) => one.install('releases/hall/probe/1.0.1/image', Date.now())),
	);
} finally {
	for (const end of ends.toReversed()) await end();
}
