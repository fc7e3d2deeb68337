import assert from 'node:assert/strict';
import { Problem } from '@keyward/core';
import { noteVerifierKey } from '@keyward/core/ledger';
import { originOf } from '../ledger/checkpoint-files.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export type Ledgers = Pick<ApiDependencies, 'checkpoints' | 'verification'>;

export const keyOf = ({ checkpoints }: Ledgers, ledger: string): string =>
	noteVerifierKey({ name: originOf(ledger, checkpoints.line), publicKey: checkpoints.publicKey });

/** Null while the ledger has no leaf. */
export const shownOf = ({ verification }: Ledgers, ledger: string, since: number | null) =>
	verification.prove({ ledger, leaf: null, row: null, since }).catch((error: unknown) => {
		if (error instanceof Problem && error.code === 'no-such-thing') return null;
		throw error;
	});

export const ledgerGrown =
	(dependencies: Ledgers): Answer<'ledger.grown'> =>
	async ({ since }, { principal }) => {
		// CR 2.1: readers see the ledger of their own application.
		assert(principal !== null);
		const ledger = principal.application;
		const shown = await shownOf(dependencies, ledger, since ?? null);
		return {
			ledger,
			key: keyOf(dependencies, ledger),
			note: shown?.note ?? null,
			growth: shown?.growth?.map((bytes) => Buffer.from(bytes).toString('base64')) ?? null,
		};
	};
