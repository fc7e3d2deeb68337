import { list, type Value } from '@keyward/core/policy';
import type { AdvisoryTerms } from './site-file.ts';
import { path, type SiteDocument, words } from './written.ts';

/** The `advisories` of a site file; null when there are none, or, with findings, when they are not as they should be. */
export const readAdvisories = (site: SiteDocument, value: Value | undefined): AdvisoryTerms | null => {
	if (value === undefined) return null;
	const { document } = site;
	const members = document.members(value, ['folder', 'publishers'], ['folder']);
	const [folderAt, publishersAt] = [members?.get('folder'), members?.get('publishers')];
	const folder = folderAt && path(site, folderAt);
	const expects = "a CSAF publisher's namespace, such as https://psirt.example";
	const publishers = publishersAt ? list(document, publishersAt, expects, words, 0) : [];
	return folder && publishers ? { folder, publishers } : null;
};
