import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Opener } from '@keyward/client';
import { days } from '@keyward/core';
import { encodeSenmlCbor } from '@keyward/core/observe';
import type { AgreementKey, Signer } from '@keyward/core/port';
import {
	digestOf,
	type EpochContent,
	type EpochKeys,
	type OpenView,
	parseRoster,
	readersOf,
	readSealedReading,
	type Roster,
	sealEpoch,
	sealReading,
	signReading,
	signSealCheckpoint,
} from '@keyward/core/seal';
import { encapsulateKem, makeEphemeralAgreementKey, makeEphemeralKey } from '@keyward/custody';
import { ownSite, rosterText } from '@keyward/testing/owner/owner';
import type { Outcome, SiteTools } from './attack.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const text = new TextEncoder();

/** What a device, its owner and its reader have of the stream `hall/probe-1/dose-rate`, sealed for the reader `desk`. */
export class SealedHall {
	readonly signer: Signer;
	readonly reader: AgreementKey = makeEphemeralAgreementKey();
	readonly #terms: object;
	roster: Roster;

	constructor(terms: object = {}, signer: Signer = makeEphemeralKey()) {
		this.signer = signer;
		this.#terms = terms;
		this.roster = parseRoster(text.encode(rosterText(1, Date.now(), days(1), this.members())));
	}

	/** Members of the owner's roster. */
	members(): object {
		const reader = { streams: ['dose-rate'], purpose: 'read', expires: '2100-01-01T00:00:00Z' };
		const terms = { sealed: true, suite: 1, signed: { within: '60s' }, every: null, epoch: '1h', unit: 'Sv/h' };
		return {
			devices: { 'probe-1': { key: base64(this.signer.publicKey) } },
			readers: { desk: { key: base64(this.reader.publicKey), ...reader } },
			streams: { 'dose-rate': { ...terms, essential: false, ...this.#terms } },
		};
	}

	async epoch(number: number, more: Partial<EpochContent> = {}, signer: Signer = this.signer): Promise<Epoch> {
		const { roster } = this;
		const content: EpochContent = {
			...{ application: 'hall', device: 'probe-1', stream: 'dose-rate', number, rosterHash: roster.hash },
			...{ boot: new Uint8Array(8), suite: roster.streams.get('dose-rate')?.suite ?? 1, previous: null, ...more },
		};
		const means = {
			...{ signer, entropy: { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) } },
			...{ ephemeral: async () => makeEphemeralAgreementKey(), encapsulate: encapsulateKem },
		};
		const sealed = await sealEpoch(content, readersOf(roster, 'dose-rate', Date.now()), means);
		return { ...sealed, number };
	}

	/** The checkpoint over these readings, under the number after them. */
	checkpoint({ number, hash }: Epoch, readings: readonly Uint8Array[], first = 1): Promise<Uint8Array> {
		return signSealCheckpoint(
			{
				...{ epoch: number, epochHash: hash, first, sequence: first + readings.length, previous: null, uptime: 1 },
				...{ digest: digestOf(readings.map((one) => readSealedReading(one).hash)), boot: new Uint8Array(8) },
				time: Date.now(),
			},
			this.signer,
		);
	}

	sign(reading: Uint8Array, { hash }: Epoch): Promise<Uint8Array> {
		return signReading(reading, hash, this.signer);
	}
}

export interface Epoch {
	readonly number: number;
	readonly message: Uint8Array;
	readonly hash: Uint8Array;
	readonly keys: EpochKeys;
}

export const sealValue = ({ keys }: Epoch, number: number, value: number, time = Date.now()): Uint8Array =>
	sealReading(keys, number, encodeSenmlCbor([{ name: 'probe-1/dose-rate', unit: 'Sv/h', time, value }]));

/** What a reader makes of rows that a dishonest service hands it, in the reader's own code from the source under attack. */
export const readAs = async (
	source: string,
	hall: SealedHall,
	rows: readonly Uint8Array[],
): Promise<{ readonly values: readonly unknown[]; readonly signed: number; readonly codes: readonly string[] }> => {
	const path = join(source, 'packages/core/seal/index.ts');
	const { ReaderView } = (await import(path)) as typeof import('@keyward/core/seal');
	const view = new ReaderView({ application: 'hall', device: 'probe-1', stream: 'dose-rate' });
	const trust = { rosters: [hall.roster] as const, key: { agreement: hall.reader }, now: Date.now() };
	const values: unknown[] = [];
	const codes: string[] = [];
	let signed = 0;
	for (const row of rows) {
		const { reading, signed: range, findings } = await view.take(row, trust);
		if (reading !== null) values.push(reading.value);
		if (reading?.signed === true) signed++;
		if (range !== null) signed += range.numbers[1] - range.numbers[0] + 1;
		codes.push(...findings.map(({ code }) => code));
	}
	return { values, signed, codes };
};

/** A reader's view of the open stream `hall/probe-1/dose-rate`, in the code of the source under attack. */
export const openViewOf = async (source: string): Promise<OpenView> => {
	const path = join(source, 'packages/core/seal/index.ts');
	const seal = (await import(path)) as typeof import('@keyward/core/seal');
	return new seal.OpenView({ application: 'hall', device: 'probe-1', stream: 'dose-rate' });
};

/** What opens a reader's pages, in the code of the source under attack. */
export const openerClassOf = async (source: string): Promise<typeof Opener> => {
	const path = join(source, 'packages/client/index.ts');
	return ((await import(path)) as typeof import('@keyward/client')).Opener;
};

/** The attack has succeeded when the reader noticed nothing, and shows as many values. */
export const judgeReader = ({ values, signed, codes }: Awaited<ReturnType<typeof readAs>>, shown: number): Outcome => ({
	succeeded: codes.length === 0 && values.length === shown,
	saw: `${values.length} readings shown, ${signed} of them signed; noticed: ${codes.join(', ') || 'nothing'}`,
	refusal: codes[0] ?? null,
});

/** A device on a site whose owner has `dose-rate` sealed. */
export const sealedSession = async ({ site }: Pick<SiteTools, 'site'>, terms: object = {}) => {
	const owner = await ownSite(site);
	const hall = new SealedHall(terms);
	const { rosters } = await owner.publish(hall.members());
	hall.roster = parseRoster(text.encode(rosters.get('hall')?.text ?? ''));
	const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
	return {
		hall,
		send: (...items: readonly Uint8Array[]) => session.publish('probe-1', [], { payload: Buffer.concat(items) }),
	};
};

/** The agent of the source under attack on a device's folder; `feed` gives it a value, `end` ends it when all is delivered. */
export const startAgentOf = async (
	source: string,
	folder: string,
	{ after, signal }: Pick<SiteTools, 'after' | 'signal'>,
	/** How often it looks for a roster by itself; null: as often as usual. */
	rosterEvery: number | null = 100,
) => {
	const path = join(source, 'packages/agent/index.ts');
	const { runDevice } = (await import(path)) as typeof import('@keyward/agent');
	const stop = new AbortController();
	const values: number[] = [];
	const done = runDevice({
		...{ folder, clock: { now: () => Date.now() }, signal: AbortSignal.any([signal, stop.signal]), report: () => {} },
		...{ statusEvery: 1000, ...(rosterEvery !== null && { rosterEvery }), link: { longestWait: 300, probe: null } },
		source: {
			live: false,
			read: async function* (over) {
				for (; !over.aborted; await sleep(20)) {
					const value = values.shift();
					if (value !== undefined) yield { stream: 'dose-rate', time: Date.now(), unit: 'Sv/h', value };
				}
			},
		},
	});
	done.catch(() => {});
	after(async () => {
		stop.abort();
		await done.catch(() => {});
	});
	return { feed: (value: number) => void values.push(value) };
};
