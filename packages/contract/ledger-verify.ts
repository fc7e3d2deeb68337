import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { applicationOrAll, count, exactly } from './shapes.ts';

export const ledgerVerify = operation('ledger.verify', {
	summary: 'Recomputes the ledger from the stored readings and compares',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(
		exactly({
			application: Type.String({
				description: 'a name, or _registry for the ledger of devices, certificates and grants',
			}),
			leaves: count,
			readings: count,
			forgotten: Type.Integer({ minimum: 0, description: 'readings given up by retention, not provable any more' }),
			keptFrom: Type.Union([
				Type.Integer({ description: 'milliseconds since 1970; nothing from then on is given up' }),
				Type.Null(),
			]),
			root: Type.String({ description: 'SHA-256 root (RFC 6962 §2.1), lower-case hex' }),
			ok: Type.Boolean(),
			breaks: Type.Array(Type.String(), { description: 'what does not agree, in words' }),
		}),
	),
});
