import Type from 'typebox';
import { operation, operator } from './operation.ts';
import { count, exactly, name, revocationCause, sentence } from './shapes.ts';

export const principalRevoke = operation('principal.revoke', {
	summary: 'Revokes every certificate of a device or reader and cuts its live sessions',
	callers: [operator],
	input: exactly({
		kind: Type.Union([Type.Literal('device'), Type.Literal('reader')]),
		application: name,
		id: name,
		reason: sentence,
		cause: Type.Optional(revocationCause),
	}),
	output: exactly({ revoked: count, cut: count }),
});
