import type { Operations } from '@keyward/contract';
import { withRoom } from '../ingest/limits.ts';
import type { Owner } from '../owner/owner.ts';
import type { Answer, ApiDependencies } from './answer.ts';

const inForce = (owner: Owner): Operations['owner.show']['output'] => {
	const repository = owner.repository();
	const role = repository?.root.signed.roles['root'];
	return {
		owner: owner.pin(),
		onlineKey: Buffer.from(owner.onlineKey).toString('base64'),
		root:
			repository === null || role === undefined
				? null
				: {
						version: repository.root.signed.version,
						expires: Date.parse(repository.root.signed.expires),
						threshold: role.threshold,
						keys: role.keyIDs.length,
					},
		rosters: Array.from(repository?.rosters.values() ?? [], ({ roster, hash, threshold, keys }) => ({
			application: roster.application,
			...{ number: roster.number, hash, issued: roster.issued, expires: roster.expires, threshold, keys },
			...{ readers: roster.readers.size, devices: roster.devices.size },
		})),
	};
};

export const ownerShow =
	({ owner }: ApiDependencies): Answer<'owner.show'> =>
	async () =>
		inForce(owner);

export const ownerFiles =
	({ owner }: ApiDependencies): Answer<'owner.files'> =>
	async () => ({ files: owner.files() });

export const ownerPublish = ({ owner, cuts, limits }: ApiDependencies): Answer<'owner.publish'> =>
	withRoom(limits, async ({ files }) => {
		// live-revocation: a reader who is on no roster any more is cut now. Sealed messages are judged by the new rosters from here on.
		await cuts.after(
			() => owner.publish(files),
			() =>
				({ principal }) =>
					owner.roster(principal.application) !== null,
		);
		return inForce(owner);
	});
