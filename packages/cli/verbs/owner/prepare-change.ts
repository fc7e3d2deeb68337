import { Problem } from '@keyward/core';
import { type Change, currentFiles, type DraftEdits, draftRoster, prepareRoster, readRepository } from '@keyward/owner';
import { ask, type SiteOptions } from '../site.ts';
import { pinOf } from './owner-folder.ts';

/** The next roster of the application, not signed yet, from what the site has now. Throws `policy-unknown-application`, `reader-unknown`. */
export const prepareChange = async (options: SiteOptions, application: string, edits: DraftEdits): Promise<Change> => {
	const { files } = await ask(options, 'owner.files', {});
	if (files['1.root.json'] === undefined)
		throw new Problem('request-malformed', 'This site has no owner: make one with keyward owner init.');
	const repository = readRepository(files, pinOf(files));
	const policy = (await ask(options, 'policy.list', {})).find((one) => one.application === application);
	if (policy === undefined)
		throw new Problem(
			'policy-unknown-application',
			`There is no policy for the application ${JSON.stringify(application)}: apply one first.`,
		);
	const keys = await ask(options, 'key.list', { application });
	const text = draftRoster({ policy: policy.text, keys, repository }, edits, Date.now());
	return { base: currentFiles(repository), files: prepareRoster(repository, application, text) };
};
