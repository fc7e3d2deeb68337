import { parentPort } from 'node:worker_threads';
import assert from 'node:assert/strict';
import { cofactorResidues, factorsOf, productTree, type ProductTree } from '@keyward/core/keycheck';
import type { FromWorker, ToWorker } from './shared-factors-message.ts';

// One share of a batch GCD: its product goes out, those of the others come in, its factors go out.

const port = parentPort;
assert(port !== null, 'this is started by shared-factors.ts');

const tell = (message: FromWorker): void => port.postMessage(message);
let share: { readonly moduli: readonly bigint[]; readonly tree: ProductTree } | null = null;

port.on('message', (message: ToWorker) => {
	if ('moduli' in message) {
		const { moduli } = message;
		share = { moduli, tree: productTree(moduli) };
		tell({ product: share.tree.root.product });
		return;
	}
	assert(share !== null);
	const residues = cofactorResidues(share.tree, message.foreign, (done) => {
		if (done % 64 === 0) tell({ done });
	});
	tell({ factors: factorsOf(share.moduli, residues) });
});
