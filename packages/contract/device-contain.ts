import { containment, rekeyScope, rekeyWave } from './incident-shapes.ts';
import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { count, exactly, instant, name, sentence } from './shapes.ts';

export const deviceContain = operation('device.contain', {
	summary:
		'Contains a device: cuts, revokes, voids its commands, marks what it sent; undone by commissioning it again alone',
	callers: [operator, ...people('owner', 'operator'), program],
	input: exactly({
		application: name,
		device: name,
		since: instant,
		reason: sentence,
		rekey: Type.Optional(
			exactly({
				of: Type.Optional(rekeyScope),
				wave: Type.Optional({ ...rekeyWave, description: 'so many are asked for a new key at once' }),
			}),
		),
	}),
	output: exactly({
		incident: count,
		already: Type.Boolean({ description: 'it was contained; an earlier `since` was taken up' }),
		cut: { ...count, description: 'live sessions that ended, 0 where it was contained already' },
		silent: Type.Array(name, {
			description: 'essential streams that it sent, and that no other device in service sends',
		}),
		containment,
	}),
});
