import { Type } from './type.ts';
import { saidOfKeys } from './agility-shapes.ts';
import { askedOfKeys } from './key-asked.ts';
import { device, operation } from './operation.ts';
import { count, exactly } from './shapes.ts';

const said = Type.String({ maxLength: 500, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });

export const updateAssignment = operation('update.assignment', {
	summary:
		'Which release is meant for the calling device now; what it may install is what its owner signed, and its floor',
	callers: [device],
	// What it says is evidence, as a connection is: nothing that somebody changes.
	safe: true,
	input: exactly({
		running: Type.Union([Type.String({ maxLength: 64, pattern: '^[0-9A-Za-z][0-9A-Za-z.+~_-]*$' }), Type.Null()], {
			description: 'the version that it runs',
		}),
		floor: { ...count, description: 'its security floor' },
		state: { ...said, maxLength: 40, description: 'what its updater does' },
		lastError: Type.Union([said, Type.Null()]),
		software: Type.Optional({
			...{ ...said, maxLength: 200 },
			description: 'whole or authentic, as it found the software that it started; else what is wrong with it',
		}),
		keys: Type.Optional({ ...saidOfKeys, description: 'what it says of its keys and its link' }),
		refused: Type.Optional(
			exactly({
				release: Type.String({ maxLength: 300, description: "path among the owner's targets" }),
				code: Type.String({ maxLength: 40, pattern: '^[a-z-]+$' }),
				receipt: Type.Optional(
					Type.String({ maxLength: 4000, contentEncoding: 'base64', description: 'signed by its stream key' }),
				),
			}),
		),
	}),
	output: exactly({
		release: Type.Union([Type.String(), Type.Null()], { description: "path among the owner's targets" }),
		...askedOfKeys,
		spread: { ...count, description: 'milliseconds: it begins at a random moment within them' },
	}),
});
