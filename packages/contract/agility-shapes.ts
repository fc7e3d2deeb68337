import { apiSteps } from '@keyward/core/authorize';
import { signingAlgorithms } from '@keyward/core/port';
import { Type } from './type.ts';
import { exactly, instant, sentence } from './shapes.ts';

export const keyKind = Type.Enum([...signingAlgorithms]);
export const linkFloor = Type.Enum([...apiSteps]);

export const exercise = exactly({
	started: instant,
	over: Type.Integer({ minimum: 0, description: 'milliseconds that the waves are spread over' }),
	kind: Type.Union([keyKind, Type.Null()], { description: 'kind of key that is asked for; null: as each has' }),
	newAuthority: Type.Boolean({ description: 'the issuing CA got its next generation with it' }),
	link: Type.Union([linkFloor, Type.Null()], { description: 'the least link that is asked for' }),
	state: Type.Enum(['running', 'paused', 'halted'], { description: 'halted: by itself' }),
	reason: Type.Union([sentence, Type.Null()], { description: 'why it stands still' }),
	back: Type.Union([instant, Type.Null()], { description: 'since when devices go back to what they had' }),
});

/** What a device says of its keys and its link. */
export const saidOfKeys = exactly({
	makes: Type.Array(keyKind, { maxItems: 8, description: 'kinds of key that the place of its keys makes' }),
	link: { ...linkFloor, description: 'the least link that it takes' },
	failed: Type.Union([Type.String({ maxLength: 300, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }), Type.Null()], {
		description: 'why it could not do what it was asked',
	}),
});
