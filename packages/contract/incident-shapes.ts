import { containmentSteps, incidentCauses, rekeyScopes } from '@keyward/core/incident';
import { Type } from './type.ts';
import { count, exactly, instant, name } from './shapes.ts';

export const incidentCause = Type.Enum([...incidentCauses], {
	description: 'what opened it: a detector, or `reported`',
});

export const rekeyScope = Type.Enum([...rekeyScopes], {
	description: 'devices of its class, or all of the application',
});

/** How many are asked for a new key at once. */
export const rekeyWave = Type.Integer({ minimum: 1, maximum: 10_000 });

/** How a device was contained, step by step. */
export const containment = exactly({
	asked: instant,
	since: { ...instant, description: 'from when on what it sent is marked as tainted' },
	by: Type.String({
		description:
			'who asked: `operator`, with the name of who is logged in where known; `person` and a name; or a detector that has proof',
	}),
	reason: Type.String(),
	steps: Type.Array(exactly({ step: Type.Enum([...containmentSteps]), at: instant, result: Type.String() }), {
		description: `what is done, in this order: ${containmentSteps.join(', ')}; a step that is missing is under way or to come`,
	}),
	took: Type.Union([count, Type.Null()], {
		description: 'milliseconds from `asked` until its sessions were cut and its certificates refused',
	}),
	awaits: Type.Array(Type.String(), { description: 'what only the owner can sign, as commands' }),
	tainted: Type.Array(
		exactly({
			id: count,
			stream: name,
			after: { ...count, description: 'position of the last row that is not marked' },
			to: { ...count, description: 'position of the last row that is marked' },
		}),
	),
	rekey: Type.Optional(
		exactly({
			of: rekeyScope,
			class: Type.Union([name, Type.Null()]),
			wave: rekeyWave,
			asked: { ...instant, description: 'a key that was made before does not count as new' },
		}),
	),
});

const orNone = (what: string) => Type.Union([name, Type.Literal('')], { description: `empty: ${what}` });

const parts = {
	number: count,
	application: orNone('of the registry of the whole site'),
	device: orNone('of the service itself'),
	opened: instant,
	cause: incidentCause,
	by: Type.String(),
	reason: Type.String(),
	times: { ...count, description: 'how often the detector saw it; few of the like may be counted as one' },
	last: instant,
	evidence: Type.Array(Type.String(), { description: 'base64 of signed records that prove it' }),
	containment: Type.Union([containment, Type.Null()]),
	closed: Type.Union([exactly({ at: instant, reason: Type.String() }), Type.Null()]),
};

/** Something that happened with a device, or with the service. */
export const incident = exactly(parts);

/** The same with who did what, and what the detector's word is worth. */
export const incidentDetail = exactly({
	...parts,
	detector: Type.Union([
		exactly({ says: Type.String(), falseAlarms: Type.String(), proof: Type.Boolean() }),
		Type.Null(),
	]),
	rekey: Type.Union([exactly({ affected: count, renewed: count, asked: count }), Type.Null()], {
		description:
			'how many others are to have a new key, have one, and are asked for one now; null where nobody asked for that',
	}),
	actions: Type.Array(
		exactly({
			number: count,
			at: instant,
			who: Type.String(),
			operation: Type.String(),
			reason: Type.Union([Type.String(), Type.Null()]),
			result: Type.Union([Type.String(), Type.Null()]),
		}),
		{ description: 'what the audit log has of this device from an hour before it was opened until it was closed' },
	),
});
