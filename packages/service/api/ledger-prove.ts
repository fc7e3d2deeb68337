import { Problem } from '@keyward/core';
import { noteVerifierKey } from '@keyward/core/ledger';
import { originOf, REGISTRY } from '../ledger/checkpoint-files.ts';
import type { Answer, ApiDependencies } from './answer.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export const ledgerProve =
	({ checkpoints, verification, policies }: ApiDependencies): Answer<'ledger.prove'> =>
	async ({ application, leaf, entry, since }) => {
		if (entry !== undefined && (application !== undefined || leaf !== undefined))
			throw new Problem(
				'request-malformed',
				'An entry is of the registry and names its leaf: give nothing but since with it.',
			);
		const ledger = application === undefined ? REGISTRY : policies.mustHave(application).application;
		const row = entry === undefined ? null : { kind: entry.kind, key: String(entry.number) };
		const proof = await verification.prove({ ledger, leaf: leaf ?? null, row, since: since ?? null });
		return {
			ledger,
			key: noteVerifierKey({ name: originOf(ledger, checkpoints.line), publicKey: checkpoints.publicKey }),
			note: proof.note,
			leaf: proof.leaf && {
				index: proof.leaf.index,
				bytes: base64(proof.leaf.bytes),
				inclusion: proof.leaf.inclusion.map(base64),
			},
			growth: proof.growth?.map(base64) ?? null,
			content: proof.content,
		};
	};
