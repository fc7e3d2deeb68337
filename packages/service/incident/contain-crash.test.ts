import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import { containmentSteps } from '@keyward/core/incident';
import { parseCommissioning } from '@keyward/core/enrol';
import { buildCsr, parseCsr } from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import type { Store } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';
import { openSqliteStore } from '@keyward/store';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { commits } from '@keyward/testing/store/commits';
import { withPowerCut } from '@keyward/testing/store/power-cut';
import { openAuthority } from '../authority/authority.ts';
import { overTls } from '../enrolment/est-connection.fixture.ts';
import { policyText } from '../enrolment/est-site.fixture.ts';
import { createRegistrar, type Registrar } from '../enrolment/registrar.ts';
import { openAskedRecord } from '../agility/asked-record.ts';
import { openStreams } from '../ingest/streams.ts';
import { silentLog } from '../log/log.ts';
import { createNotices, type Notice } from '../notice/notices.ts';
import { openContainment } from './open-containment.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const clock = { now: () => 100_000 };
const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;

const writes = ['addIncident', 'putIncident', 'retire', 'setState'] as const;

const request = { application: 'hall', device: 'probe-1', since: 20, reason: 'opened', by: 'operator' };
const notice: Notice = {
	...{ detector: 'counter-fork', device: name, seen: 'two signatures on one number', times: 1 },
	evidence: [Uint8Array.of(1, 2)],
};

for (const by of ['operator', 'detector'] as const)
	test(`a containment by the ${by} cut off at any write is done to the end at the next start, and once`, async (t) => {
		const home = temporaryFolder('keyward-contain-');
		const authority = await openAuthority({
			...{ folder: join(home, 'authority'), store: inventoryAt(home), clock, entropy },
			...{ applications: ['hall'], hostNames: [] },
		});
		t.after(() => authority.close());
		const policy = parsePolicy(policyText());
		const lifeOn = (store: Store): Registrar =>
			createRegistrar({
				...{ store, authority, clock, entropy, published: new Map() },
				policyOf: () => policy,
				urls: () => ({ service: 'https://localhost:1', mqtt: 'mqtts://localhost:2' }),
			});
		/** Nobody is connected: what sessions do is tested where they are (`contain.test.ts`). */
		const cuts = {
			of: async <Value>(_of: unknown, _why: unknown, record: () => Promise<Value>) => ({
				recorded: await record(),
				cut: 0,
			}),
		};
		const sessions = { revoked: () => Promise.resolve() };
		const openOn = async (store: Store) =>
			openContainment({
				...{ store, registrar: lifeOn(store), cuts, sessions, streams: await openStreams(store, () => {}), clock },
				alone: (work) => work(() => assert.fail()),
				...{ notices: createNotices(clock), policyOf: () => policy, report: (error) => assert.fail(String(error)) },
				remembered: store,
				witnesses: { onFork: () => {} },
				record: await openAskedRecord(store),
				...{ owner: { roster: () => null }, observations: { see: () => {} }, log: silentLog },
			});

		let write = 0;
		for (let over = false; !over; write++) {
			for (const when of ['before', 'after'] as const) {
				const folder = join(home, `${write}-${when}`);
				const first = openSqliteStore(folder);
				const registrar = lifeOn(first);
				const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
				await registrar.enrol(parseCsr(await buildCsr({ subject: [] }, makeEphemeralKey())), token, overTls);
				const stream = await first.openStream({ application: 'hall', device: 'probe-1', stream: 'dose-rate' });
				const times = [10, 20, 30].map((time) => [stream, time] as const);
				await first.append(await commits(first).commit(times));
				const cut = withPowerCut(first, writes, { write, when });
				const contain = ({ containments, noticed }: Awaited<ReturnType<typeof openOn>>): Promise<unknown> =>
					by === 'operator' ? containments.contain(request) : noticed(notice);
				const outcome = await contain(await openOn(cut.store)).catch((error: unknown) => error);
				await first.close();
				over = !cut.happened();
				if (over) break;
				assert.ok(outcome instanceof Problem && outcome.code === 'store-failed', `${write} ${when}`);

				const second = openSqliteStore(folder);
				const started = await openOn(second);
				const { incidents, taints } = started;
				const where = `write ${write}, ${when}`;
				if (write === 0 && when === 'before') {
					assert.deepEqual(incidents.all(), [], 'nothing was on record, and nothing was done');
					assert.equal((await second.principal(name))?.state, 'commissioned');
				} else {
					// The start alone has finished it, before anybody asked.
					const [incident] = incidents.all();
					assert.deepEqual(
						incident?.containment?.steps.map(({ step }) => step),
						[...containmentSteps],
						where,
					);
					assert.equal((await second.principal(name))?.state, 'retired', where);
				}
				await contain(started);
				assert.deepEqual(
					incidents
						.all()
						.map(({ cause, by: who, evidence, containment }) => [
							...[cause, who, evidence, containment?.by, containment?.steps.length],
						]),
					[
						by === 'operator'
							? ['reported', 'operator', [], 'operator', containmentSteps.length]
							: ['counter-fork', 'detector', ['AQI='], 'counter-fork', containmentSteps.length],
					],
					where,
				);
				assert.ok(
					(await second.certificates(name)).every(({ revoked }) => revoked?.cause === 'keyCompromise'),
					where,
				);
				assert.deepEqual(
					[1, 2, 3].map((cursor) => taints.has(stream.id, cursor)),
					by === 'operator' ? [false, true, true] : [true, true, true],
					where,
				);
				await second.close();
			}
		}
		// The incident, the end of the device, and each of the steps.
		assert.equal(write - 1, 2 + containmentSteps.length);
	});
