import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connect, createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';

interface Answer {
	readonly scenarios: readonly {
		readonly if: string;
		readonly others: { readonly certain: number; readonly inHand: number };
		readonly keyLeaves: boolean;
	}[];
}

const SENSORS = 1000;

test('one command prints the three reaches of one opened sensor of 1,000', () => {
	const example = fileURLToPath(new URL('opened.mjs', import.meta.url));
	const { stdout, stderr } = spawnSync(process.execPath, [example, '--json'], { encoding: 'utf8' });
	const { scenarios } = JSON.parse(stdout) as Answer;
	assert.deepEqual(
		scenarios.slice(1).map(({ others, keyLeaves }) => [others.certain, others.inHand, keyLeaves]),
		[
			[999, 0, true],
			[0, 0, true],
			[0, 0, false],
		],
		stderr,
	);
});

/** A service that knows each sensor by a pre-shared key; gives how many names the thief of sensor 1 can show to it. */
const fallen = async (t: TestContext, secrets: readonly Buffer[]): Promise<number> => {
	const settings = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
	const server = createServer({
		...settings,
		pskCallback: (_socket, identity) => secrets[Number(identity.replace('sensor-', '')) - 1] ?? null,
	});
	server.on('secureConnection', (socket) => socket.on('error', () => undefined).end('known'));
	server.on('tlsClientError', () => undefined);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const [taken] = secrets;
	assert.ok(taken !== undefined);
	const shows = async (identity: string): Promise<boolean> => {
		const socket = connect({
			...{ port, host: '127.0.0.1', ...settings },
			checkServerIdentity: () => undefined,
			pskCallback: () => ({ psk: taken, identity }),
		});
		const answer = await Promise.race([
			once(socket, 'data').then(([data]) => String(data) === 'known'),
			once(socket, 'close').then(() => false),
		]).catch(() => false);
		socket.destroy();
		return answer;
	};
	let count = 0;
	for (let index = 1; index <= secrets.length; index++) if (await shows(`sensor-${index}`)) count++;
	return count;
};

test('the secret of one sensor opens the service as every other where it is shared, and as itself alone where it is not', async (t) => {
	const secret = randomBytes(16);
	assert.equal(
		await fallen(
			t,
			Array.from({ length: SENSORS }, () => secret),
		),
		SENSORS,
	);
	assert.equal(
		await fallen(
			t,
			Array.from({ length: 20 }, () => randomBytes(16)),
		),
		1,
	);
});
