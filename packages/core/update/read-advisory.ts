import type { AdvisoryDocument } from './advisory.ts';
import { readCsaf } from './csaf.ts';
import { jsonReader } from './json-reading.ts';
import { readOsv } from './osv.ts';

const read = jsonReader('advisory-malformed', 'The advisory');

/** Reads an OSV record or a CSAF document, whichever it is. Throws `Problem('advisory-malformed')`, which says where. */
export const readAdvisory = (json: string): AdvisoryDocument => {
	const found = read.parse(json);
	if (found['document'] !== undefined) return readCsaf(found);
	if (found['id'] !== undefined && found['modified'] !== undefined) return readOsv(found);
	throw read.refuse(
		'',
		'is neither an OSV record (id, modified) nor a CSAF document (document): give one of those, as JSON.',
	);
};
