import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, instant, name, nothing } from './shapes.ts';

export const siteStatus = operation('site.status', {
	summary: 'Where the site listens, its applications, and its counters',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'reader', 'auditor')],
	safe: true,
	input: nothing,
	output: exactly({
		version: Type.String(),
		since: instant,
		url: Type.String(),
		mqttUrl: Type.String(),
		applications: Type.Array(
			exactly({
				application: name,
				mode: Type.Union([Type.Literal('enforce'), Type.Literal('audit')]),
				epoch: count,
				mqttUrl: Type.String({ description: 'the MQTT listener that its devices and readers are told' }),
				devices: count,
				readers: count,
				sessions: count,
				readings: count,
				silent: Type.Integer({
					minimum: 0,
					description: 'streams that send nothing though their device should be awake',
				}),
				gaps: Type.Integer({ minimum: 0, description: 'streams with readings that should have come and did not' }),
			}),
		),
		counters: Type.Record(Type.String(), count, { description: 'accepted, and refusals by error code' }),
	}),
});
