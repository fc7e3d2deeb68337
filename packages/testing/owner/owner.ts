import { days, type Milliseconds } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';
import type { OperationName, Operations } from '@keyward/contract';
import {
	beginRepository,
	type Change,
	type FileMap,
	filesAfter,
	prepareRoster,
	readRepository,
	type Repository,
	signChange,
} from '@keyward/owner';
import { parseTargets } from '../../owner/repository/metadata.ts';

/** A roster without anybody on it, where `more` says nothing else. */
export const rosterText = (number: number, issued: number, lasts: Milliseconds, more: object = {}): string =>
	`${JSON.stringify({
		...{ type: 'keyward-roster', version: 1, application: 'hall', number },
		...{ issued: new Date(issued).toISOString(), expires: new Date(issued + lasts).toISOString() },
		...{ devices: {}, readers: {}, commanders: {}, signers: { command: 1, dangerous: 1 }, streams: {} },
		...more,
	})}\n`;

/** What the change leads to, signed by each in turn. */
export const signedBy = async (change: Change, signers: readonly Signer[]): Promise<FileMap> => {
	let signed = change;
	for (const signer of signers) signed = await signChange(signed, signer);
	return filesAfter(signed);
};

/** An owner of three keys of which two must sign; `online` is the service's key for dates, made here unless given. */
export const makeOwner = async (now: number, online: Uint8Array = makeEphemeralKey().publicKey) => {
	const keys = [1, 2, 3].map(() => makeEphemeralKey());
	const terms = { keys: keys.map(({ publicKey }) => publicKey), threshold: 2, online, now, lasts: days(365) };
	const files = await signedBy({ base: {}, files: beginRepository(terms) }, keys.slice(0, 2));
	return { keys, terms, repository: readRepository(files, null) };
};

/** The repository with the next roster of its application, which these signed. */
export const withRoster = async (
	repository: Repository,
	text: string,
	signers: readonly Signer[],
): Promise<Repository> => {
	const { application } = JSON.parse(text) as { application: string };
	const change = { base: repository.files, files: prepareRoster(repository, application, text) };
	return readRepository(await signedBy(change, signers), repository.pin);
};

export interface Asks {
	ask<Name extends OperationName>(name: Name, input: Operations[Name]['input']): Promise<Operations[Name]['output']>;
}

/** Makes an owner of a running site. Each roster that is published is the next one, signed by two of the three keys. */
export const ownSite = async ({ ask }: Asks) => {
	const { onlineKey } = await ask('owner.show', {});
	const { keys, terms, repository } = await makeOwner(Date.now(), Uint8Array.from(Buffer.from(onlineKey, 'base64')));
	await ask('owner.publish', { files: repository.files });
	let current = repository;
	let number = 0;
	return {
		...{ keys, terms },
		/** SHA-256 of the root, lower-case hex: what devices pin. */
		pin: repository.pin,
		repository: () => current,
		/** `more` replaces members of the roster: `devices`, `readers`, `streams` … */
		publish: async (more: object = {}, lasts: Milliseconds = days(1)): Promise<Repository> => {
			const next = await withRoster(current, rosterText(number + 1, Date.now(), lasts, more), keys.slice(0, 2));
			await ask('owner.publish', { files: next.files });
			number++;
			current = next;
			return next;
		},
	};
};

/** What a dishonest service serves: an old roster's metadata as the list of rosters, in the version that it has itself. */
export const servedAsList = (repository: Repository, application: string, version: number): Repository => {
	const old = repository.files[`${version}.rosters%2F${application}.json`] ?? '';
	const file = `${version}.targets.json`;
	return { ...repository, targets: parseTargets(old, file), files: { ...repository.files, [file]: old } };
};
