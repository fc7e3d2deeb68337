import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { linkCertificate } from '@keyward/core/enrol';
import { type CertificateView, encodePem } from '@keyward/core/format';
import { generationName, type Clock, type Entropy, type Generation, type Signer } from '@keyward/core/port';
import { writeDurably } from '@keyward/custody';
import { type CertifiedKey, certify, isPassing, openCertifiedKey, readCertificates } from './certified-key.ts';
import type { AuthorityKeyStores } from './key-stores.ts';
import { type AuthorityName, type Register } from './inventory.ts';

/** A generation of a CA that still counts, with its key. */
export interface Held extends CertifiedKey {
	readonly generation: Generation;
	/** A root's key by its predecessor's (NewWithOld); null for a first one, and where that key was lost. */
	readonly byPredecessor: CertificateView | null;
	/** Its predecessor's key by its own (OldWithNew); null for a first one. */
	readonly predecessor: CertificateView | null;
}

/** One CA through its generations. Calls that change it are made one at a time. */
export interface Line {
	readonly name: AuthorityName;
	/** The generation that signs. */
	active(): Held;
	/** Every generation that is announced, active or outgoing, oldest first. */
	held(): readonly Held[];
	/**
	 * Makes the next generation, going on where an earlier try was cut short. `lost`: the predecessor's key is lost, so that nothing
	 * signed by it leads to the new one. Throws `Problem('request-malformed')` when one waits to be activated, and what the
	 * key stores throw; then it may be asked again.
	 */
	roll(lost: boolean): Promise<Held>;
	/** Makes the announced generation the active one. Throws `Problem('request-malformed')` when there is none. */
	activate(): Promise<void>;
	/**
	 * Makes the generation before the newest sign again; nothing where that was done. Throws `Problem('exercise-refused')` where none is left:
	 * its key was destroyed when nobody needed it any more.
	 */
	reinstate(): Promise<void>;
	/** Ends a generation that is not the active one, and destroys its key. */
	retire(number: number): Promise<void>;
	/**
	 * Finishes what was cut short, for want of a token too: makes the generation that was begun, destroys keys of those that were
	 * ended. True when a generation came to count. Throws what the key stores throw.
	 */
	finish(): Promise<boolean>;
	/** Opens every generation again, so that certificates that are no longer good are replaced. */
	reopen(): Promise<void>;
}

export interface LineContext {
	/** Where certificates are. */
	readonly folder: string;
	readonly register: Register;
	readonly keyStores: AuthorityKeyStores;
	readonly clock: Clock;
	readonly entropy: Entropy;
	/** Names of generations whose key is declared lost. */
	readonly lost: ReadonlySet<string>;
}

/** What kind of CA it is. */
export interface LineProfile {
	make(signer: Signer, kept: CertificateView | null): Promise<CertificateView>;
	isGood?(certificate: CertificateView): boolean;
	/** Of a root: the profile of its link certificates. */
	readonly link: 'site-root' | 'service-ca' | null;
	/** True when a new generation waits, announced, until it is activated. */
	readonly announces: boolean;
}

/** Opens every generation that counts, makes the first when there is none, and finishes what was cut short. */
export const openLine = async (context: LineContext, name: AuthorityName, profile: LineProfile): Promise<Line> => {
	const { folder, register, keyStores, clock, entropy, lost } = context;
	const opened = new Map<number, Omit<Held, 'generation'>>();

	const generations = (): readonly Generation[] => register.of(name);
	/** Moves generations to other states together. */
	const move = (states: ReadonlyMap<number, Generation['state']>): Promise<void> =>
		register.write(
			name,
			generations().map((one) => {
				const state = states.get(one.number);
				return state === undefined ? one : { ...one, state, since: clock.now() };
			}),
		);
	const inState = (state: Generation['state']): Generation | undefined =>
		generations().find((one) => one.state === state);
	const placeOf = ({ number, custody }: Generation) => {
		const base = generationName(name, number);
		return {
			path: join(folder, `${base}.pem`),
			keys: keyStores.of(custody),
			key: keyStores.keyName(custody, base),
			lost: lost.has(base),
		};
	};

	/** Link certificates with the predecessor, made once: while the generation itself is being made. */
	const openLinks = async (generation: Generation, key: CertifiedKey): Promise<readonly CertificateView[]> => {
		const path = join(folder, `${generationName(name, generation.number)}.links.pem`);
		const kept = await readCertificates(path);
		const former = inState('active');
		const before = former === undefined ? undefined : opened.get(former.number);
		if (kept.length > 0 || before === undefined || profile.link === null || generation.state !== 'making') return kept;
		const terms = { now: clock.now(), entropy };
		const links = [
			...(generation.linked
				? [await certify(linkCertificate(key.certificate, before.certificate, profile.link, terms), before.signer)]
				: []),
			await certify(linkCertificate(before.certificate, key.certificate, profile.link, terms), key.signer),
		];
		await writeDurably(path, links.map(({ der }) => encodePem('CERTIFICATE', der)).join(''), 'replace', 0o644);
		return links;
	};

	const open = async (generation: Generation): Promise<void> => {
		const key = await openCertifiedKey(placeOf(generation), profile.make, profile.isGood);
		const links = await openLinks(generation, key);
		const isOwn = (link: CertificateView): boolean => Buffer.compare(link.publicKey, key.certificate.publicKey) === 0;
		opened.set(generation.number, {
			...key,
			byPredecessor: links.find(isOwn) ?? null,
			predecessor: links.find((link) => !isOwn(link)) ?? null,
		});
	};

	/** Key, certificate and links are there: from here on the generation counts. */
	const finishMaking = async (generation: Generation): Promise<void> => {
		await open(generation);
		const former = inState('active');
		if (former === undefined) await move(new Map([[generation.number, 'active']]));
		else if (profile.announces) await move(new Map([[generation.number, 'announced']]));
		else
			await move(
				new Map([
					[former.number, 'outgoing'],
					[generation.number, 'active'],
				]),
			);
	};

	const finishRetiring = async (): Promise<void> => {
		for (const generation of generations().filter(({ state }) => state === 'retiring')) {
			const { keys, key } = placeOf(generation);
			await keys.erase(key);
			await move(new Map([[generation.number, 'retired']]));
		}
	};

	const reopen = async (): Promise<void> => {
		for (const generation of generations())
			if (['announced', 'active', 'outgoing'].includes(generation.state)) await open(generation);
	};

	const held = (): readonly Held[] =>
		generations().flatMap((generation) => {
			const found = generation.state === 'making' ? undefined : opened.get(generation.number);
			return found === undefined ? [] : [{ ...found, generation }];
		});
	const holding = (state: Generation['state']): Held => {
		const found = held().find(({ generation }) => generation.state === state);
		if (found !== undefined) return found;
		throw new Problem('site-configuration', `${name} has no ${state} generation: restore the folder from the backup.`);
	};

	if (generations().length === 0) {
		await register.write(name, [
			{ number: 1, custody: keyStores.preferred, state: 'making', since: clock.now(), linked: true },
		]);
	}
	await reopen();
	const finish = async (): Promise<boolean> => {
		await finishRetiring();
		const unfinished = inState('making');
		if (unfinished !== undefined) await finishMaking(unfinished);
		return unfinished !== undefined;
	};
	await finish().catch((error: unknown) => {
		// With a token that is away the CA goes on as it was, if it was.
		if (!isPassing(error) || inState('active') === undefined) throw error;
	});

	return {
		name,
		active: () => holding('active'),
		held,
		roll: async (isLost) => {
			const waiting = inState('announced');
			if (waiting !== undefined)
				throw new Problem('request-malformed', `${name} has a new generation already: activate it, or retire it.`);
			const number = inState('making')?.number ?? Math.max(...generations().map((one) => one.number)) + 1;
			const generation: Generation = {
				number,
				custody: inState('making')?.custody ?? keyStores.preferred,
				state: 'making',
				since: clock.now(),
				linked: !isLost,
			};
			await register.write(name, [...generations().filter((one) => one.number !== number), generation]);
			await finishMaking(generation);
			return holding(profile.announces ? 'announced' : 'active');
		},
		activate: async () => {
			const next = inState('announced');
			const former = inState('active');
			if (next === undefined || former === undefined)
				throw new Problem('request-malformed', `${name} has no announced generation: roll it over first.`);
			await move(
				new Map([
					[former.number, 'outgoing'],
					[next.number, 'active'],
				]),
			);
		},
		reinstate: async () => {
			const active = inState('active');
			const outgoing = generations().filter(({ state }) => state === 'outgoing');
			// Asked again after a crash: it was done.
			if (active !== undefined && outgoing.some(({ number }) => number > active.number)) return;
			const [former] = outgoing.toSorted((a, b) => b.since - a.since);
			if (former === undefined || active === undefined || profile.announces)
				throw new Problem(
					'exercise-refused',
					`${name} has no former generation that could sign again: its key is destroyed.`,
				);
			await move(
				new Map([
					[active.number, 'outgoing'],
					[former.number, 'active'],
				]),
			);
		},
		retire: async (number) => {
			const generation = generations().find((one) => one.number === number);
			if (generation === undefined || !['making', 'announced', 'outgoing'].includes(generation.state))
				throw new Problem('request-malformed', `Generation ${number} of ${name} is not one that can be retired.`);
			// First it counts no more, then its key goes: a crash between leaves a key that the next start destroys.
			await move(new Map([[number, 'retiring']]));
			opened.delete(number);
			await finishRetiring();
		},
		finish,
		reopen,
	};
};
