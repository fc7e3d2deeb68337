import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { applicationOrAll, count, exactly } from './shapes.ts';

const text = Type.String();
const texts = Type.Array(text);

const heldKey = exactly({
	key: Type.String({ description: 'names the key: the first digits of its fingerprint' }),
	custody: Type.Enum(['software', 'tpm2', 'pkcs11'], {
		description: 'software also where hardware is only claimed or simulated',
	}),
	opensRecorded: Type.Boolean({ description: 'a shared secret that opens what was recorded of its holder' }),
});

const nullable = Type.Union([text, Type.Null()]);

/** What `keyward reach` works on (packages/core/reach/inventory.ts). */
export const trustShow = operation('trust.show', {
	summary: 'Who holds which key, where it lies and what it opens: what keyward reach works on',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: applicationOrAll,
	output: exactly({
		source: text,
		devices: Type.Array(
			exactly({
				...{ id: text, class: nullable, keys: Type.Array(heldKey), commands: Type.Boolean() },
				streams: Type.Array(exactly({ name: text, essential: Type.Boolean(), sealed: Type.Boolean() })),
				...{ authorities: texts, gateways: texts, updateRoles: texts },
				commandRole: Type.Optional(
					Type.Union([text, Type.Null()], {
						description: 'whose commands alone it obeys; left out: those of the service',
					}),
				),
				rosterRole: Type.Optional(text),
			}),
		),
		readers: Type.Array(
			exactly({
				...{ id: text, keys: Type.Array(heldKey), authorities: texts },
				grants: Type.Array(exactly({ device: text, stream: text })),
			}),
		),
		gateways: Type.Array(exactly({ id: text, keys: Type.Array(heldKey), behind: nullable })),
		authorities: Type.Array(
			exactly({
				...{ id: text, key: heldKey, onService: Type.Boolean() },
				...{ certifies: texts, certifiesService: Type.Boolean() },
			}),
		),
		updateRoles: Type.Array(
			exactly({
				...{ id: text, keys: texts, threshold: count },
				kind: Type.Optional(
					Type.Enum(['update-role', 'command-role', 'owner-role'], {
						description: 'what is signed; updates where left out',
					}),
				),
				appoints: Type.Optional(Type.Array(text, { description: 'roles whose signers it names' })),
				onService: Type.Optional(Type.Boolean({ description: "its keys are on the service's machine" })),
			}),
		),
		people: Type.Array(exactly({ id: text, operatesService: Type.Boolean(), keys: texts })),
		service: Type.Union([
			exactly({ id: text, readsContent: Type.Boolean(), holdsSharedSecrets: Type.Boolean() }),
			Type.Null(),
		]),
		assumptions: texts,
	}),
});
