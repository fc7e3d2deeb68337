import { Problem } from '@keyward/core';
import type { AuthorityKind } from '@keyward/contract';
import { type SiteOptions } from './site.ts';

/** Options of every verb that means one CA. */
export interface CaOptions extends SiteOptions {
	readonly application?: string;
}

const kinds: readonly AuthorityKind[] = ['issuing', 'site-root', 'service-ca'];

/** The argument of a verb: one of these words. */
export const kindArgument = `<${kinds.join('|')}>`;

/** Throws `Problem('request-malformed')`. */
export const parseKind = (text: string): AuthorityKind => {
	const kind = kinds.find((known) => known === text);
	if (kind !== undefined) return kind;
	throw new Problem('request-malformed', `There is no CA ${JSON.stringify(text)}: write ${kinds.join(', ')}.`);
};

export const nameOf = (kind: AuthorityKind, application: string | null | undefined): string =>
	kind === 'issuing' ? `issuing CA of ${application ?? ''}` : kind === 'site-root' ? 'site root' : 'service CA';
