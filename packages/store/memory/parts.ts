import { Problem } from '@keyward/core';
import { isNewer } from '../rules/newer-statement.ts';
import type { ImportedManifest, KnownKey, KnownStatement, PartStore } from '@keyward/core/port';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const memoryParts = (): PartStore => {
	const manufacturers = new Map<string, string>();
	const keys = new Map<string, KnownKey>();
	const statements = new Map<string, KnownStatement>();
	const manifests: ImportedManifest[] = [];

	return {
		importParts: async (origin, parts) => {
			const { manufacturer, signer } = origin;
			const newParts = new Set<string>();
			const newKeys = new Map<string, KnownKey>();
			const newStatements = new Map<string, KnownStatement>();
			for (const { part, keys: made, statement } of parts) {
				const known = manufacturers.get(part);
				if (known !== undefined && known !== manufacturer) {
					throw new Problem('part-conflict', `The part ${part} is known as one of ${known}.`);
				}
				if (known === undefined) newParts.add(part);
				if (statement !== undefined && isNewer(part, statement, statements.get(part)?.statement ?? null))
					newStatements.set(part, { manufacturer, signer, statement });
				for (const { key, slot } of made) {
					const owner = keys.get(hex(key)) ?? newKeys.get(hex(key));
					if (owner === undefined) newKeys.set(hex(key), { key: key.slice(), slot, part, manufacturer, signer });
					else if (owner.part !== part) {
						throw new Problem('part-conflict', `A key of the part ${part} is known as that of another part.`);
					}
				}
			}
			for (const part of newParts) manufacturers.set(part, manufacturer);
			for (const [name, key] of newKeys) keys.set(name, key);
			for (const [part, said] of newStatements) statements.set(part, structuredClone(said));
			const imported: ImportedManifest = { ...origin, parts: newParts.size, keys: newKeys.size };
			if (newParts.size + newKeys.size + newStatements.size > 0) manifests.push(imported);
			return { ...imported };
		},
		knownKey: async (key) => structuredClone(keys.get(hex(key)) ?? null),
		manufacturerOf: async (part) => manufacturers.get(part) ?? null,
		statementOf: async (part) => structuredClone(statements.get(part) ?? null),
		manifests: async () => structuredClone(manifests),
	};
};
