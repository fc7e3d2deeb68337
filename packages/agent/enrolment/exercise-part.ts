import { Problem } from '@keyward/core';
import type { ApiStep } from '@keyward/core/authorize';
import type { SigningAlgorithm } from '@keyward/core/port';
import { openIdentity } from '../identity/identity.ts';
import { type RaisedLink, raiseLink, restoreLink } from '../link/link-floor.ts';
import { rekey } from './rekey.ts';

/** What the site asks of the keys and the link of a device. */
export interface ExerciseAsked {
	readonly rekey: boolean;
	/** Kind of the new key; null: as it has. */
	readonly kind: SigningAlgorithm | null;
	readonly link: RaisedLink | 'before' | null;
}

/** What a device says of its keys and its link (`update.assignment`). */
export interface SaidOfKeys {
	readonly makes: readonly SigningAlgorithm[];
	readonly link: ApiStep;
	readonly failed: string | null;
}

/** A device's part in an exercise of keys and links. */
export interface ExercisePart {
	said(): Promise<SaidOfKeys>;
	/** Throws what did not work: all stays then, and the site is told with the next question. */
	obey(asked: ExerciseAsked): Promise<void>;
}

const LONGEST = 300;

export const exercisePart = (
	folder: string,
	report: (event: { readonly event: 'link-changed'; readonly floor: ApiStep }) => void,
	replaceLink: () => Promise<void>,
): ExercisePart => {
	/** Kinds that the part was found not to make: it need not be tried at each question. */
	const cannot = new Set<SigningAlgorithm>();
	let failed: string | null = null;
	const link = async (asked: RaisedLink | 'before'): Promise<void> => {
		const changed = asked === 'before' ? await restoreLink(folder) : await raiseLink(folder, asked);
		if (!changed) return;
		report({ event: 'link-changed', floor: (await openIdentity(folder)).floor });
		await replaceLink();
	};
	return {
		said: async () => {
			const { keyStore, floor } = await openIdentity(folder);
			return { makes: keyStore.makes.filter((kind) => !cannot.has(kind)), link: floor, failed };
		},
		obey: async ({ rekey: isAsked, kind, link: asked }) => {
			failed = null;
			try {
				if (asked !== null) await link(asked);
				if (isAsked) await rekey({ folder, ...(kind !== null && { algorithm: kind }) });
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
				// A TPM without the curve, a token without the mechanism.
				if (kind !== null && kind !== 'P-256' && ['tpm-failed', 'token-failed'].includes(error.code)) cannot.add(kind);
				failed = `${error.code}: ${error.detail}`.replaceAll(/\p{Cc}/gu, ' ').slice(0, LONGEST);
				throw error;
			}
		},
	};
};
