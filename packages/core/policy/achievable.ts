import { type Ask, type CatalogueEntry, notBuilt } from './catalogue/entry.ts';
import { catalogue } from './catalogue/index.ts';
import { type Level, levels } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import { isAtLeast } from '../requirement/strength.ts';
import type { RequirementId } from '../requirement/requirement.ts';

/** How far this version of Keyward can take one objective, whatever a site does. */
export interface AchievableLevel {
	readonly objective: Objective;
	readonly level: Level;
	/** What bars the next level; empty at level 4. */
	readonly bars: readonly Bar[];
}

export interface Bar {
	readonly requirement: RequirementId;
	readonly reason: string;
}

/** Why no evidence can satisfy this ask in this version; null when some can. */
export const unachievable = (
	{ scale, builtTo, evidence, provenTo }: CatalogueEntry,
	{ value, strength }: Ask,
): string | null => {
	if (builtTo === null) return 'not built yet';
	if (!scale.satisfies(builtTo, value)) {
		const limit = scale.kind === 'at-most' ? 'at most ' : scale.kind === 'at-least' ? 'at least ' : '';
		return `built only to ${scale.print(builtTo)}, asked ${limit}${scale.print(value)}`;
	}
	if (evidence === notBuilt) return 'nothing gives evidence of it yet';
	return provenTo === undefined || isAtLeast(provenTo, strength)
		? null
		: `this version proves it to ${provenTo} alone, asked ${strength}`;
};

/** For each objective the highest level that a site can achieve with this version. */
export const achievableLevels = (entries: readonly CatalogueEntry[] = catalogue): readonly AchievableLevel[] =>
	objectives.map((objective) => {
		const own = entries.filter((entry) => entry.objective === objective);
		const barsOf = (level: Level): Bar[] =>
			own.flatMap((entry) => {
				const ask = entry.asks[level];
				const reason = ask && unachievable(entry, ask);
				return reason === null ? [] : [{ requirement: entry.id, reason }];
			});
		let reached: Level = 0;
		for (const level of levels.slice(1)) {
			const bars = barsOf(level);
			if (bars.length > 0) return { objective, level: reached, bars };
			reached = level;
		}
		return { objective, level: reached, bars: [] };
	});
