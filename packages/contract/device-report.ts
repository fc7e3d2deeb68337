import { MOST_REPORTED, portPattern, servicePattern, MOST_STREAMS, wires } from '@keyward/core/device';
import { Type } from './type.ts';
import { device, operation } from './operation.ts';
import { exactly, name, nothing } from './shapes.ts';

const named = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]*$' });
const names = (pattern: string) =>
	Type.Union([Type.Array(Type.String({ pattern, maxLength: 128 }), { maxItems: MOST_REPORTED }), Type.Null()]);
const few = { maxItems: 32 };

export const deviceReport = operation('device.report', {
	summary:
		'Takes what the calling device found on its own machine: open ports, services, debug interfaces, tamper switches',
	callers: [device],
	// What it says is evidence, as a connection is: nothing that somebody changes. What follows of it, an incident, is on record.
	safe: true,
	input: exactly({
		scope: Type.Union([Type.Literal('machine'), Type.Literal('program')], {
			description: 'program: its machine does other work, and the agent alone is the device',
		}),
		ports: { ...names(portPattern), description: 'that a network reaches; null: it cannot tell' },
		services: { ...names(servicePattern), description: 'that run; null: it cannot tell' },
		debug: Type.Array(
			exactly({
				name: named,
				state: Type.Union([Type.Literal('closed'), Type.Literal('open'), Type.Literal('unknown')]),
			}),
			few,
		),
		tamper: Type.Array(
			exactly({ name: named, opened: Type.Boolean({ description: 'open now, or since the site last heard of it' }) }),
			few,
		),
		instruments: Type.Optional(
			Type.Array(
				exactly({
					wire: Type.Enum([...wires]),
					protected: Type.Boolean({ description: 'encrypted, and the other end shows a certificate' }),
					streams: Type.Array(name, {
						maxItems: MOST_STREAMS,
						description: 'what it measures, as far as that is known',
					}),
				}),
				{ ...few, description: 'what it measures with that is outside it; left out by agents that do not say' },
			),
		),
	}),
	output: nothing,
});
