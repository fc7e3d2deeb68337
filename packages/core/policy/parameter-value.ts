import type { RequirementId } from '../requirement/requirement.ts';

/**
 * A value on a requirement's own scale: a span in milliseconds, a count, or a named step. `true` where it is simply
 * asked; evidence against such a requirement is a few words that say what was found instead.
 */
export type ParameterValue = number | string | true;

/** What the policy asks, requirement by requirement; null asks nothing. The only thing that enforcement points read. */
export type Parameters = { readonly [Id in RequirementId]: ParameterValue | null };

/** Requirements made stricter than their level. */
export type Tighten = { readonly [Id in RequirementId]?: ParameterValue };
