import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, name, revocationCause, sentence } from './shapes.ts';

export const principalRevoke = operation('principal.revoke', {
	summary: 'Revokes every certificate of a device or reader and cuts its live sessions',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({
		kind: Type.Union([Type.Literal('device'), Type.Literal('reader')]),
		application: name,
		id: name,
		reason: sentence,
		cause: Type.Optional(revocationCause),
	}),
	output: exactly({
		revoked: count,
		cut: count,
		erasure: Type.Union(
			[
				exactly({
					keys: count,
					readings: count,
					failed: Type.Union([Type.String(), Type.Null()], {
						description: 'why its readings can still be read; null: they cannot',
					}),
				}),
				Type.Null(),
			],
			{ description: "of a device's readings, where the policy asks for it (erased-at-retirement)" },
		),
	}),
});
