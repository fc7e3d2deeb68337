import { type Instant, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import {
	type AddCheckpoint,
	addCheckpointBody,
	type Cosignature,
	type NoteKey,
	readCosignature,
	readKnownSize,
	SIZE_TYPE,
	splitNote,
} from '@keyward/core/ledger';

/** One witness, as the site pins it. */
export interface PinnedWitness extends NoteKey {
	/** The submission prefix, with a slash at its end. */
	readonly url: string;
	readonly verifierKey: string;
}

/** What a witness answered to a checkpoint. */
export type WitnessOutcome =
	| { readonly kind: 'cosigned'; readonly cosignature: Cosignature }
	/** It is at another size. */
	| { readonly kind: 'elsewhere'; readonly size: number }
	/** It does not find what it cosigned in this ledger. */
	| { readonly kind: 'contradicts' }
	/** It does not know this ledger, or the key that signs it. */
	| { readonly kind: 'unknown'; readonly why: string }
	| { readonly kind: 'failed'; readonly why: string };

const PATIENCE: Milliseconds = seconds(10);
const LARGEST = 16_384;
/** Two clocks may differ by this much; a cosignature of the future would count for longer than it is true. */
const SKEW: Milliseconds = minutes(1);

const failed = (why: string): WitnessOutcome => ({ kind: 'failed', why });

/** Asks one witness for its cosignature (C2SP tlog-witness). No answer of it is believed that its key did not sign, but that it refuses. */
export const askWitness = async (
	witness: PinnedWitness,
	request: AddCheckpoint,
	now: Instant,
	signal: AbortSignal,
): Promise<WitnessOutcome> => {
	let answer: { readonly status: number; readonly type: string; readonly body: string };
	try {
		const response = await fetch(`${witness.url}add-checkpoint`, {
			method: 'POST',
			headers: { 'content-type': 'text/plain; charset=utf-8' },
			body: addCheckpointBody(request),
			redirect: 'manual',
			signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
		});
		const type = response.headers.get('content-type') ?? '';
		answer = { status: response.status, type, body: await readBody(response) };
	} catch (error) {
		return failed(`it could not be reached (${reasonOf(error)})`);
	}
	const { status, type, body } = answer;
	if (status === 409) {
		const size = type.split(';')[0] === SIZE_TYPE ? readKnownSize(body) : null;
		return size === null ? failed('it answered 409 without a size') : { kind: 'elsewhere', size };
	}
	if (status === 422) return { kind: 'contradicts' };
	if (status === 404) return { kind: 'unknown', why: 'it does not know this ledger' };
	if (status === 403) return { kind: 'unknown', why: "it does not know the ledger's key" };
	if (status !== 200) return failed(`it answered with status ${status}`);
	return readAnswer(witness, request.note, body, now);
};

const readAnswer = (witness: PinnedWitness, note: string, body: string, now: Instant): WitnessOutcome => {
	try {
		const { text } = splitNote(note);
		const own = body
			.split('\n')
			.filter((line) => line !== '')
			.flatMap((line) => readCosignature(text, line, witness) ?? []);
		const [cosignature] = own;
		// CR 3.9: somebody who answers at its address is the witness only by its key.
		if (cosignature === undefined) return failed('its answer has no signature of the key that is pinned');
		if (cosignature.at > now + SKEW) return failed('its clock is ahead of ours');
		return { kind: 'cosigned', cosignature };
	} catch (error) {
		if (error instanceof Problem) return failed(error.detail);
		throw error;
	}
};

const readBody = async (response: Response): Promise<string> => {
	const parts: Uint8Array[] = [];
	let length = 0;
	for await (const part of response.body ?? []) {
		const bytes = Uint8Array.from(part as Uint8Array);
		length += bytes.length;
		if (length > LARGEST) throw new Problem('internal', 'its answer is too large');
		parts.push(bytes);
	}
	return Buffer.concat(parts).toString('utf8');
};

/** The reason of a failed fetch: its cause says more than "fetch failed". */
const reasonOf = (error: unknown): string => {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	if (!(cause instanceof Error)) return 'unknown error';
	return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
};
