import { rolloutStages, rolloutStates } from '@keyward/core/update';
import { Type } from './type.ts';
import { count, exactly, instant, name, refusedRelease, sentence } from './shapes.ts';

export const rolloutId = Type.String({ minLength: 1, maxLength: 64, description: 'as `rollout.start` gave it' });

export const softwareVersion = Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$' });

const share = Type.Number({ minimum: 0, maximum: 1, description: 'from 0 to 1' });

const span = Type.Integer({ minimum: 0, maximum: 366 * 86_400_000, description: 'milliseconds' });

const ring = Type.Union([
	exactly({ kind: Type.Literal('devices'), devices: Type.Array(name, { minItems: 1, maxItems: 1000 }) }),
	exactly({ kind: Type.Literal('class'), class: name }),
	exactly({ kind: Type.Literal('share'), share }),
]);

export const rolloutTerms = exactly({
	rings: Type.Array(ring, { maxItems: 20, description: 'one after another; behind the last come all others' }),
	soak: { ...span, description: 'milliseconds that a device does well on the version before it counts as well' },
	patience: { ...span, description: 'milliseconds that a device that is awake may take for a step' },
	mostFailing: { ...share, description: 'share of a ring that may fail; one more halts the rollout' },
	spread: { ...span, description: 'milliseconds within which devices that are told at once begin' },
	bytesPerSecond: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
		description: 'of all downloads; null: no cap',
	}),
});

const state = Type.Enum([...rolloutStates], { description: 'halted: by itself; stopped: for good' });

const stage = Type.Enum([...rolloutStages]);

const stages = exactly({ waiting: count, offered: count, installed: count, well: count, newer: count, failed: count });

export const rolloutSummary = exactly({
	id: rolloutId,
	application: name,
	version: softwareVersion,
	state,
	reason: Type.Union([Type.String(), Type.Null()], { description: 'why it stands' }),
	started: instant,
	since: { ...instant, description: 'when its last ring was opened, or it went on' },
	ring: { ...count, description: 'the last that is open, from 0' },
	rings: Type.Array(stages, { description: 'how many devices are how far, ring by ring; the last is of all others' }),
});

export const rolloutDetail = exactly({
	...{ rollout: rolloutSummary, terms: rolloutTerms },
	releases: Type.Record(name, Type.String(), { description: 'target path of the image, by class' }),
	devices: Type.Array(
		exactly({
			...{ device: name, class: Type.String(), ring: count, stage, at: instant },
			from: Type.Union([Type.String(), Type.Null()], { description: 'what it said that it ran when it was told' }),
			fetched: Type.Union([instant, Type.Null()], { description: 'when it got the image here' }),
			reason: Type.Union([Type.String(), Type.Null()]),
			refused: Type.Union([refusedRelease, Type.Null()], { description: 'the last release that it did not take' }),
			said: Type.Union([
				exactly({
					...{ running: Type.Union([Type.String(), Type.Null()]), floor: count, state: Type.String(), at: instant },
					lastError: Type.Union([Type.String(), Type.Null()]),
				}),
				Type.Null(),
			]),
		}),
	),
});

export const rolloutReason = sentence;
