import { Problem } from '../problem/problem.ts';
import { HASH_LENGTH } from './tree.ts';

/** What a log asks a witness (C2SP tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
	/** The size that the proof starts from: what the witness cosigned last. */
	readonly old: number;
	readonly proof: readonly Uint8Array[];
	/** The signed checkpoint. */
	readonly note: string;
}

/** The specification's bound. */
const MOST_HASHES = 63;

const malformed = (detail: string): Problem => new Problem('request-malformed', detail);

export const addCheckpointBody = ({ old, proof, note }: AddCheckpoint): string =>
	[`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString('base64')), '', note].join('\n');

/** Reads a request's body. Throws `Problem('request-malformed')`. */
export const readAddCheckpoint = (body: string): AddCheckpoint => {
	const end = body.indexOf('\n\n');
	if (end < 0) throw malformed('The request has no empty line between proof and checkpoint.');
	const [first = '', ...lines] = body.slice(0, end).split('\n');
	const [, digits = ''] = /^old (0|[1-9][0-9]{0,15})$/.exec(first) ?? [];
	if (digits === '' || !Number.isSafeInteger(Number(digits)))
		throw malformed('The first line of the request is not "old", a space and a size.');
	if (lines.length > MOST_HASHES) throw malformed(`The request has more than ${MOST_HASHES} hashes.`);
	const proof = lines.map((line) => {
		const bytes = Buffer.from(line, 'base64');
		if (bytes.length !== HASH_LENGTH || bytes.toString('base64') !== line)
			throw malformed('A line of the proof is not 32 bytes of base64.');
		return new Uint8Array(bytes);
	});
	return { old: Number(digits), proof, note: body.slice(end + 2) };
};

/** The media type of a size, in the answer to a checkpoint that does not start where the witness is. */
export const SIZE_TYPE = 'text/x.tlog.size';

/** The size in such an answer; null when it is not one. */
export const readKnownSize = (body: string): number | null => {
	const [, digits = ''] = /^(0|[1-9][0-9]{0,15})\n$/.exec(body) ?? [];
	return digits !== '' && Number.isSafeInteger(Number(digits)) ? Number(digits) : null;
};
