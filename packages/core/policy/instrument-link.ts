import type { Instrument } from '../device/instrument.ts';
import type { RequirementId } from '../requirement/requirement.ts';
import type { Instant } from '../units/instant.ts';
import { catalogue } from './catalogue/index.ts';
import { type LinkWeakness, worstFirst } from './chain.ts';
import type { Component } from './fact.ts';
import type { Level } from './level.ts';
import type { Policy } from './policy.ts';

/** An instrument, the device that it is behind, and when that said so. */
export interface KnownInstrument {
	readonly device: string;
	readonly at: Instant;
	readonly instrument: Instrument;
}

/** What a wire is asked, and what one holds that nothing protects: somebody on it answers, changes and reads. */
const asked: readonly (readonly [RequirementId, string])[] = [
	['device-authentication', 'what answers on it is taken for the instrument'],
	['link-integrity', 'what is measured can be changed on it'],
	['link-encryption', 'what is measured can be read on it'],
];
const REMEDY =
	'Read the instrument through TLS (https, mqtts) or bring it and its wire into the case of the device, and read it by another source';
/** A gateway's own word for its wires, and nobody else's. */
const CLAIMED: Level = 2;
const NAMED = 5;

const weaknessAt = (
	requirement: RequirementId,
	held: Level,
	reason: string,
	at: readonly KnownInstrument[],
	{ application, level }: Policy,
): LinkWeakness[] => {
	const entry = catalogue.find(({ id }) => id === requirement);
	const newest = at.toSorted((a, b) => b.at - a.at)[0];
	if (entry === undefined || newest === undefined) return [];
	const components = [...new Set(at.map(({ device }) => device))].map((id): Component => ({
		...{ kind: 'device', application, id },
	}));
	return [
		{
			...{ requirement, objective: entry.objective, statement: entry.statement },
			clause: entry.clause === 'ours' ? [] : entry.clause,
			...{ required: level[entry.objective], achieved: held, reason, barred: false, remedy: REMEDY },
			...{ count: components.length, components: components.slice(0, NAMED) },
			evidence: { strength: 'claimed', source: 'device', at: newest.at },
		},
	];
};

/** What instruments behind devices, and their wires, are weak in. */
export const instrumentWeaknesses = (instruments: readonly KnownInstrument[], policy: Policy): LinkWeakness[] =>
	[...Map.groupBy(instruments, ({ instrument }) => `${instrument.wire} ${instrument.protected}`).values()]
		.flatMap((alike) => {
			const [first] = alike;
			if (first === undefined) return [];
			const { wire, protected: isProtected } = first.instrument;
			return asked.flatMap(([requirement, what]) =>
				isProtected
					? weaknessAt(
							requirement,
							CLAIMED,
							`${wire} under TLS to the instrument, by the device's word alone`,
							alike,
							policy,
						)
					: weaknessAt(requirement, 0, `nothing protects ${wire}, the wire to the instrument: ${what}`, alike, policy),
			);
		})
		.toSorted(worstFirst);
