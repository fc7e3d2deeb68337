import { Problem } from '@keyward/core';
import type { AgreementKey, Signer } from '@keyward/core/port';

/** Ends the handles of a store's keys when the keys are erased (erased-at-retirement): what they hold in memory would work on. */
export interface ErasedHandles {
	signer<Handle extends Signer>(name: string, handle: Handle): Handle;
	agreementKey<Handle extends AgreementKey>(name: string, handle: Handle): Handle;
	/** To be called before the key is erased. */
	erased(name: string): void;
}

export const createErasedHandles = (): ErasedHandles => {
	/** For each name, what ends when its key is erased. */
	const current = new Map<string, AbortController>();
	/** Throws `Problem('key-file')` once the key that has the name now is erased, also when another has it by then. */
	const guard = (name: string): (() => void) => {
		const controller = current.get(name) ?? new AbortController();
		current.set(name, controller);
		return () => {
			if (controller.signal.aborted) throw new Problem('key-file', `The key ${name} was erased.`);
		};
	};
	return {
		signer: (name, handle) => {
			const requireThere = guard(name);
			return {
				...handle,
				sign: async (bytes) => {
					requireThere();
					return handle.sign(bytes);
				},
			};
		},
		agreementKey: (name, handle) => {
			const requireThere = guard(name);
			return {
				...handle,
				agree: async (publicKey) => {
					requireThere();
					return handle.agree(publicKey);
				},
			};
		},
		erased: (name) => {
			current.get(name)?.abort();
			current.delete(name);
		},
	};
};
