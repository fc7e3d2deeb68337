import { join } from 'node:path';
import { days } from '@keyward/core';
import { parsePolicy } from '@keyward/core/policy';
import type { Signer } from '@keyward/core/port';
import { fileKeyStore } from '@keyward/custody';
import {
	beginRepository,
	type Change,
	currentFiles,
	draftRoster,
	filesAfter,
	prepareRelease,
	prepareRoster,
	readRepository,
	type ReleaseContents,
	signChange,
} from '@keyward/owner';
import type { Service } from '@keyward/service';

const SIGNERS = ['first', 'second', 'third', 'fourth'];
/** As many as integrity 4 asks for a release. */
const THRESHOLD = 3;

/** The owner of the demonstration: four keys, of which three sign. A real owner keeps them on four machines, and none on the service's. */
export interface DemoOwner {
	/** SHA-256 of the root, lower-case hex. */
	readonly pin: string;
	/** Puts these readers on the application's next roster, with every device that is registered by now. */
	putOnRoster(
		application: string,
		readers: readonly { readonly id: string; readonly streams: readonly string[] }[],
	): Promise<void>;
	/** A release, signed by as many as must. */
	signRelease(contents: ReleaseContents): Promise<Change>;
}

/** Makes the owner where the site has none yet. */
export const openDemoOwner = async (service: Service, data: string): Promise<DemoOwner> => {
	const store = fileKeyStore(join(data, 'demo-owner'));
	const keys = await Promise.all(
		SIGNERS.map(async (name) => ((await store.has(name)) ? store.open(name) : store.create(name, 'P-256'))),
	);
	const { onlineKey, owner } = await service.call('owner.show', {});
	if (owner === null) {
		const online = Uint8Array.from(Buffer.from(onlineKey, 'base64'));
		const terms = { keys: keys.map(({ publicKey }) => publicKey), threshold: THRESHOLD, online };
		const files = beginRepository({ ...terms, now: Date.now(), lasts: days(365) });
		await service.call('owner.publish', { files: await signed({ base: {}, files }, keys) });
	}
	const { owner: pin } = await service.call('owner.show', {});
	if (pin === null) throw new Error('the site did not take the owner');
	return {
		pin,
		putOnRoster: async (application, readers) => {
			const policy = (await service.call('policy.list', {})).find((one) => one.application === application);
			if (policy === undefined) throw new Error(`there is no policy of ${application}`);
			const { files } = await service.call('owner.files', {});
			const repository = readRepository(files, pin);
			const now = Date.now();
			const longest = parsePolicy(policy.text).parameters['grant-expiry'];
			const expires = now + (typeof longest === 'number' ? longest : days(90));
			const gains = readers.flatMap(({ id, streams }) =>
				streams.map((stream) => ({ reader: id, stream, purpose: 'read', expires }) as const),
			);
			const keysOf = await service.call('key.list', { application });
			const text = draftRoster({ policy: policy.text, keys: keysOf, repository }, { gains }, now);
			const change = { base: currentFiles(repository), files: prepareRoster(repository, application, text) };
			await service.call('owner.publish', { files: await signed(change, keys) });
		},
		signRelease: async (contents) => {
			const { files } = await service.call('owner.files', {});
			const repository = readRepository(files, pin);
			const next = prepareRelease(repository, contents, { expires: Date.now() + days(365), keep: 8 });
			const base = currentFiles(repository);
			return { base, files: await signed({ base, files: next }, keys) };
		},
	};
};

const signed = async (change: Change, keys: readonly Signer[]) => {
	let next = change;
	for (const key of keys.slice(0, THRESHOLD)) next = await signChange(next, key);
	return filesAfter(next);
};
