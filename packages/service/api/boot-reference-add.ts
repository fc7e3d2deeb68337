import { Problem } from '@keyward/core';
import { readBootReference, writeBootReference } from '@keyward/core/attest';
import { withRoom } from '../ingest/limits.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const bootReferenceAdd = ({ store, policies, clock, limits }: ApiDependencies): Answer<'boot-reference.add'> =>
	withRoom(limits, async ({ application, class: className, version, text }) => {
		const { devices } = policies.mustHave(application);
		if (!devices.has(className))
			throw new Problem(
				'request-malformed',
				`${application} has no device class ${className}: it has ${[...devices.keys()].join(', ')}.`,
			);
		const reference = readBootReference(text);
		const kept = writeBootReference(reference);
		await store.putBootReference({ application, class: className, version, at: clock.now(), text: kept });
		return { pcrs: [...reference.pcrs.keys()], files: reference.files?.size ?? 0 };
	});
