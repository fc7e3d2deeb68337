import { Type } from './type.ts';
import { device, operation, reader } from './operation.ts';
import { exactly, keyPurpose } from './shapes.ts';

/** Base64 (RFC 4648 §4). The largest is the encapsulation key of ML-KEM-768. */
const bytes = Type.String({ pattern: '^[A-Za-z0-9+/]+={0,2}$', maxLength: 2048 });

export const keyRegister = operation('key.register', {
	summary: 'Registers a key of the caller beside the one of its certificate; the same again changes nothing',
	callers: [device, reader],
	input: exactly({
		purpose: keyPurpose,
		key: bytes,
		proof: Type.Optional(
			Type.String({
				...bytes,
				description:
					'of a stream key: COSE_Sign1 by it over ["keyward-key-1", application, kind, id, SubjectPublicKeyInfo]',
			}),
		),
	}),
	output: exactly({ thumbprint: Type.String({ description: 'as `registeredKey` has it' }) }),
});
