import { Type } from './type.ts';
import { count, exactly, instant, name } from './shapes.ts';

export const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, lower-case hex' });

/** Files of a TUF repository by their names in it, as text. */
export const repositoryFiles = Type.Unsafe<Readonly<Record<string, string>>>(
	Type.Object({}, { additionalProperties: Type.String(), description: 'files of the TUF repository, by name' }),
);

/** What of the owner is in force. */
export const ownerInForce = exactly({
	owner: Type.Union([sha256, Type.Null()], { description: 'SHA-256 of root.json version 1; null without an owner' }),
	onlineKey: Type.String({ description: "the service's key for snapshot and timestamp: SubjectPublicKeyInfo, base64" }),
	root: Type.Union([exactly({ version: count, expires: instant, threshold: count, keys: count }), Type.Null()]),
	rosters: Type.Array(
		exactly({
			application: name,
			number: count,
			hash: sha256,
			issued: instant,
			expires: instant,
			threshold: Type.Integer({ minimum: 1, description: 'how many of its keys must sign it' }),
			keys: count,
			readers: count,
			devices: count,
		}),
	),
});
