import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isIssuedBy } from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import { generationName } from '@keyward/core/port';
import { openSqliteStore } from '@keyward/store';
import { temporaryFolder } from '@keyward/testing/folder';
import { type PowerCut, withPowerCut } from '@keyward/testing/store/power-cut';
import { hallPolicy } from '@keyward/testing/service/site';
import { type Agility, createAgility } from '../agility/agility.ts';
import { openAskedRecord } from '../agility/asked-record.ts';
import { createKeyHistory } from '../agility/key-history.ts';
import { agilityBack, agilityStart } from '../api/agility.ts';
import type { ApiDependencies } from '../api/answer.ts';
import { createObservations } from '../evidence/observations.ts';
import { type Authority, openAuthority } from './authority.ts';
import { createRollover } from './rollover.ts';
import { chainOf, device, entropy, states } from './rollover.fixture.ts';

/**
 * `npm run soak` cuts every step, and before each write as well: on the disk that is what the write before it left, but for files. `npm test`
 * cuts those that change more than one thing.
 */
const sweep = process.env['KEYWARD_SWEEP'] === 'all';

/** With modes: a folder of keys that others may read is refused. */
const copy = (from: string, to: string): void => void execFileSync('cp', ['-a', from, to]);

/** What of the store a rollover writes. */
const writes = ['putGenerations', 'putFacts', 'dropKeyAsked'] as const;

interface Site {
	readonly authority: Authority;
	readonly agility: Agility;
	readonly answers: ApiDependencies;
	/** Whether the power is gone. */
	isCut(): boolean;
}

/** The site of that folder, as far as a rollover needs it, while `work` is done. */
const siteIn = async <Value>(
	folder: string,
	cut: PowerCut | null,
	work: (site: Site) => Promise<Value>,
): Promise<Value> => {
	const real = openSqliteStore(join(folder, 'store'));
	const { store, happened } = withPowerCut(real, writes, cut);
	const clock = { now: () => Date.now() };
	const authority = await openAuthority({
		...{ folder: join(folder, 'authority'), store, clock, entropy, applications: ['hall'], hostNames: [] },
	});
	const policy = parsePolicy(hallPolicy);
	const policies = { policyOf: () => policy, mustHave: () => policy, epochs: () => [], apply: () => assert.fail() };
	const agility = createAgility({
		...{ store, policies, clock, history: createKeyHistory(store), record: await openAskedRecord(store) },
		said: () => null,
	});
	const observations = createObservations(store, assert.ifError);
	try {
		const rollover = createRollover(store, authority, observations, clock);
		// The rest is not asked for here.
		const answers = { agility, authority, policies, rollover } as Partial<ApiDependencies> as ApiDependencies;
		return await work({ authority, agility, answers, isCut: happened });
	} finally {
		await observations.stop();
		await authority.close();
		await real.close();
	}
};

interface Step {
	readonly title: string;
	/** Writes of the store that it takes. */
	readonly writes: number;
	readonly run: (site: Site) => Promise<unknown>;
	/** What is to be when it is done. */
	readonly isDone: (site: Site) => Promise<boolean> | boolean;
	/** The generation whose key, certificate and links it makes. */
	readonly makes?: string;
}

type Name = Parameters<Authority['held']>[0];
const are = (name: Name, ...wanted: string[]) => ({
	isDone: ({ authority }: Site): boolean => states(authority, name).join() === wanted.join(),
});
const byOperator = [{ allowed: true, principal: null, until: Infinity, breaches: [] }, { kind: 'operator' }] as const;
const exercise = { application: 'hall', over: 0, newAuthority: true, kind: 'P-384' } as const;

/** Every CA rolls over; the fleet is asked for keys of another algorithm by another CA, and back. */
const steps: readonly Step[] = [
	{
		...{ title: 'roll site-root', writes: 2, makes: generationName('site-root', 2) },
		run: ({ authority }) => authority.roll('site-root', false),
		...are('site-root', '1 outgoing', '2 active'),
	},
	{
		...{ title: 'retire site-root', writes: 2 },
		run: ({ authority }) => authority.retire('site-root', 1),
		...are('site-root', '2 active'),
	},
	{
		...{ title: 'roll service-ca', writes: 2, makes: generationName('service-ca', 2) },
		run: ({ authority }) => authority.roll('service-ca', false),
		...are('service-ca', '1 active', '2 announced'),
	},
	{
		...{ title: 'activate service-ca', writes: 1 },
		run: ({ authority }) => authority.activate('service-ca'),
		...are('service-ca', '1 outgoing', '2 active'),
	},
	{
		...{ title: 'retire service-ca', writes: 2 },
		run: ({ authority }) => authority.retire('service-ca', 1),
		...are('service-ca', '2 active'),
	},
	{
		...{ title: 'agility start', writes: 3, makes: generationName('issuing.hall', 2) },
		run: ({ answers }) => agilityStart(answers)(exercise, ...byOperator),
		isDone: async ({ agility, authority }) =>
			(await agility.exercise('hall'))?.state === 'running' &&
			states(authority, 'issuing.hall').join() === '1 outgoing,2 active',
	},
	{
		...{ title: 'agility back', writes: 2 },
		run: ({ answers }) => agilityBack(answers)({ application: 'hall' }, ...byOperator),
		isDone: async ({ agility }) => ((await agility.exercise('hall'))?.back ?? null) !== null,
	},
	{
		...{ title: 'retire issuing.hall', writes: 2 },
		run: ({ authority }) => authority.retire('issuing.hall', 2),
		...are('issuing.hall', '1 active'),
	},
];

const cutOften = new Set(['roll site-root', 'agility start', 'agility back']);

/** What holds at every moment at which the site runs. */
const holds = async ({ authority }: Site, leaf: Uint8Array, where: string): Promise<void> => {
	const all = (await authority.list()).map(({ name, number, state }) => `${name} ${number} ${state}`);
	assert.ok(!all.some((one) => /making|retiring/.test(one)), `${where}: ${all.join(', ')}`);
	for (const name of ['site-root', 'service-ca', 'issuing.hall'] as const)
		assert.equal(all.filter((one) => one.startsWith(name) && one.endsWith(' active')).length, 1, where);
	assert.ok(isIssuedBy((await authority.issuing('hall')).certificate.der, authority.siteRoot), where);
	const [shown] = chainOf(authority);
	assert.ok(shown !== undefined && isIssuedBy(shown, authority.serviceCa.der), where);
	assert.ok(authority.counts('hall', leaf), `${where}: a device that was certified before is cut off`);
};

test('a rollover cut off at any step, of a CA or of the keys of a fleet, goes on the usual way after the next start', async () => {
	const home = temporaryFolder('keyward-rollover-crash-');
	const straight = join(home, 'straight');
	const leaf = await siteIn(straight, null, ({ authority }) => device(authority, home, 'before'));
	for (const { title, writes, run, isDone, makes } of steps) {
		/** The next start after a crash: all is whole, and what is left is asked for again as at first. */
		const resumes = async (folder: string, where: string): Promise<void> => {
			await siteIn(folder, null, async (site) => {
				await holds(site, leaf, where);
				if (!(await isDone(site))) await run(site);
				assert.ok(await isDone(site), where);
				await holds(site, leaf, where);
			});
			rmSync(folder, { recursive: true });
		};
		for (let write = 0; write < (sweep || cutOften.has(title) ? writes : 0); write++) {
			for (const when of sweep || (makes !== undefined && write === 1)
				? (['before', 'after'] as const)
				: (['after'] as const)) {
				const where = `${title}, ${when} write ${write}`;
				const folder = join(home, 'cut');
				copy(straight, folder);
				await siteIn(folder, { write, when }, async (site) => {
					await assert.rejects(run(site), { code: 'store-failed' }, where);
					assert.ok(site.isCut(), where);
				});
				// Between the first write and the second its files are made, in this order.
				if (makes !== undefined && write === 1 && when === 'before') {
					const files = [`keys/${makes}.key`, `${makes}.pem`, `${makes}.links.pem`];
					for (const first of sweep ? files.keys() : [1, 2]) {
						const part = join(home, 'part');
						copy(folder, part);
						for (const file of files.slice(first)) rmSync(join(part, 'authority', file), { force: true });
						await resumes(part, `${where}, before ${files[first]}`);
					}
					assert.ok(existsSync(join(folder, 'authority', files[0] ?? '')));
				}
				await resumes(folder, where);
			}
		}
		await siteIn(straight, null, async (site) => {
			await run(site);
			assert.ok(await isDone(site), title);
			await holds(site, leaf, title);
		});
	}
});
