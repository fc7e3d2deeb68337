import type { Milliseconds } from '../../units/milliseconds.ts';
import { days } from '../../units/milliseconds.ts';
import type { ComponentKind } from '../fact.ts';
import type { Objective } from '../objective.ts';
import type { ParameterValue } from '../parameter-value.ts';
import type { RequirementId } from '../../requirement/requirement.ts';
import type { Scale } from '../scale.ts';
import { years } from '../span.ts';
import type { Strength } from '../../requirement/strength.ts';

/** What one level asks of a requirement. */
export interface Ask {
	readonly value: ParameterValue;
	/** Weaker evidence counts as none. */
	readonly strength: Strength;
	/** Older evidence counts as none; null: evidence does not age. */
	readonly age: Milliseconds | null;
}

/** Level 0 to 4; null asks nothing. */
export type Asks = readonly [Ask | null, Ask | null, Ask | null, Ask | null, Ask | null];

/** A face of a requirement that the code does not have yet. Counted by `countMarks`. */
export const notBuilt = 'not built';

/** One requirement and its four faces. */
export interface CatalogueEntry {
	readonly id: RequirementId;
	readonly objective: Objective;
	/** What it demands, in one line. */
	readonly statement: string;
	readonly scale: Scale;
	readonly asks: Asks;
	/** The kinds of component that can hold it or fail it. */
	readonly applies: readonly ComponentKind[];
	/** Published clauses that ask for it; `ours` where none does. */
	readonly clause: readonly string[] | 'ours';
	/** The file or folder that makes it true, naming its id; or `not built`. */
	readonly enforcement: string;
	/** The strictest value that `enforcement` makes true; null where it is not built. */
	readonly builtTo: ParameterValue | null;
	/** Who states the fact, and from what; or `not built`. */
	readonly evidence: string;
	/** The strongest that its evidence can be in this version, where that is less than some level asks. */
	readonly provenTo?: Strength;
	/** The files under `attacks/` that attack it; or `not built`. */
	readonly attack: readonly [string, ...string[]] | typeof notBuilt;
}

/** How a row is written: levels 1 to 4; level 0 follows from them. */
export interface Row extends Omit<CatalogueEntry, 'objective' | 'asks'> {
	readonly asks: readonly [Ask | null, Ask | null, Ask | null, Ask | null];
}

/** At level 0 the rows that ask the same of every level stay on; every other asks nothing. */
const levelZero = ([first, ...others]: Row['asks']): Ask | null =>
	first !== null && others.every((ask) => ask?.value === first.value && ask.strength === first.strength) ? first : null;

/** The rows of one objective as frozen entries. */
export const entries = (objective: Objective, rows: readonly Row[]): readonly CatalogueEntry[] =>
	Object.freeze(
		rows.map((row) => {
			const asks: Asks = [levelZero(row.asks), ...row.asks];
			for (const ask of asks) Object.freeze(ask);
			return Object.freeze({ ...row, objective, asks: Object.freeze(asks) });
		}),
	);

export const ask = (value: ParameterValue, strength: Strength, age: Milliseconds | null = null): Ask => ({
	value,
	strength,
	age,
});

/** The same at every level from 1 on. */
export const every = (value: ParameterValue, strength: Strength): Row['asks'] => {
	const one = ask(value, strength);
	return [one, one, one, one];
};

/** How old an observation made at each connection may be, level 1 to 4: a certificate's greatest lifetime, in which its holder must connect again. */
export const CONNECTION_AGES = [years(5), years(1), days(90), days(7)] as const;

/** How old what the service observes of itself may be, level 1 to 4. */
export const SERVICE_AGES = [days(90), days(30), days(7), days(1)] as const;

/** A row of four asks under its four ages. */
export const aged = (
	asks: Row['asks'],
	ages: readonly [Milliseconds, Milliseconds, Milliseconds, Milliseconds],
): Row['asks'] => {
	const at = (level: 0 | 1 | 2 | 3): Ask | null => {
		const one = asks[level];
		return one && { ...one, age: ages[level] };
	};
	return [at(0), at(1), at(2), at(3)];
};

export const iec = (id: string): string => `IEC 62443-4-2 ${id}`;
export const en = (id: string): string => `EN 303 645 ${id}`;
export const cra = (id: string): string => `CRA ${id}`;
