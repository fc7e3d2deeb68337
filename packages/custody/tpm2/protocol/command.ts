import { hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import { concat, hashOf, Reader, sized, TPM_RC, TPM_ST, u16, u32 } from '@keyward/core/tpm2';
import type { Executor } from './executor.ts';
import type { Handle } from './handle.ts';
import { DECRYPT, ENCRYPT, passwordAuthorization, type Session, SESSION_HASH, type SessionUse } from './session.ts';
import { TpmError } from './tpm-error.ts';

/** A command of Part 3. Further sessions encrypt the first parameter of command or response, as their attributes say. */
export type Command<Input, Output> = (tpm: Executor, input: Input, ...sessions: readonly Session[]) => Promise<Output>;

interface Form<Input, Output> {
	/** With the prefix, as Part 3 heads it. */
	readonly name: string;
	/** TPM_CC (Part 2 §6.5.2). */
	readonly code: number;
	readonly handles?: (input: Input) => readonly Handle[];
	/** How many of the handles, from the first, want authorization. */
	readonly authorized?: number;
	readonly parameters?: (input: Input) => readonly Uint8Array[];
	/** True when the response has a handle, which `output` then gets. */
	readonly givesHandle?: boolean;
	readonly output: (reader: Reader, handle: number) => Output;
}

interface Slot {
	readonly session: Session | null;
	readonly use: SessionUse;
}

const empty = new Uint8Array();
const digest = (...parts: readonly Uint8Array[]): Uint8Array =>
	new Uint8Array(hash(hashOf(SESSION_HASH).name, concat(...parts), 'buffer'));

/**
 * The function of one command. It throws `TpmError` (`tpm-failed`) with the TPM's response code, `Problem('tpm-malformed')` for
 * a response of another shape, and `Problem('tpm-unreachable')`.
 */
export const command =
	<Input, Output>(form: Form<Input, Output>): Command<Input, Output> =>
	async (tpm, input, ...sessions) => {
		const handles = form.handles?.(input) ?? [];
		const slots = slotsOf(handles.slice(0, form.authorized ?? 0), sessions);
		let parameters = concat(...(form.parameters?.(input) ?? []));
		for (const { session, use } of slots) {
			if (session === null || (session.attributes & DECRYPT) === 0) continue;
			parameters = changeFirst(parameters, (contents) => session.encrypt(contents, use.authValue));
		}
		const cpHash = digest(u32(form.code), ...handles.map(({ name }) => name), parameters);
		const area = slots.map(({ session, use }) =>
			session === null ? passwordAuthorization(use.authValue) : session.authorize(cpHash, use),
		);
		const response = await tpm.execute(assemble(form.code, handles, area, parameters));
		return readResponse(form, response, slots);
	};

/** Sessions in the order of the authorization area: those of handles, then those that only encrypt; each with a new nonce. */
const slotsOf = (authorized: readonly Handle[], further: readonly Session[]): Slot[] => {
	const entries = [
		...authorized.map(({ session, authValue }) => ({ session: session ?? null, authValue: authValue ?? empty })),
		...further.map((session) => ({ session, authValue: empty })),
	];
	for (const { session } of entries) session?.roll();
	return entries.map(({ session, authValue }, index) => {
		const others = index === 0 ? entries.slice(1).flatMap((entry) => entry.session ?? []) : [];
		const nonces = [DECRYPT, ENCRYPT].flatMap((flag) => others.find((other) => (other.attributes & flag) !== 0) ?? []);
		return { session, use: { authValue, otherNonces: [...new Set(nonces)].map(({ nonceTPM }) => nonceTPM) } };
	});
};

/** Part 1 §18.1: header, handles, authorization area if any, parameters. */
const assemble = (
	code: number,
	handles: readonly Handle[],
	area: readonly Uint8Array[],
	parameters: Uint8Array,
): Uint8Array => {
	const authorization = concat(...area);
	const body = concat(
		...handles.map(({ handle }) => u32(handle)),
		...(area.length === 0 ? [] : [u32(authorization.length), authorization]),
		parameters,
	);
	const tag = area.length === 0 ? TPM_ST.NO_SESSIONS : TPM_ST.SESSIONS;
	return concat(u16(tag), u32(10 + body.length), u32(code), body);
};

const readResponse = <Input, Output>(
	form: Form<Input, Output>,
	response: Uint8Array,
	slots: readonly Slot[],
): Output => {
	const reader = new Reader(response);
	const tag = reader.u16();
	reader.u32();
	const code = reader.u32();
	if (code !== TPM_RC.SUCCESS) throw new TpmError(form.name, code);
	if (tag !== (slots.length === 0 ? TPM_ST.NO_SESSIONS : TPM_ST.SESSIONS)) {
		throw new Problem('tpm-malformed', `The response to ${form.name} has tag 0x${tag.toString(16)}.`);
	}
	const handle = form.givesHandle === true ? reader.u32() : 0;
	let parameters = slots.length === 0 ? reader.take(reader.rest) : reader.take(reader.u32());
	const rpHash = digest(u32(code), u32(form.code), parameters);
	for (const { session, use } of slots) {
		const [nonceTPM, attributes, hmac] = [reader.sized(), reader.u8(), reader.sized()];
		session?.accept(rpHash, nonceTPM, attributes, hmac, use);
	}
	reader.end();
	for (const { session, use } of slots) {
		if (session === null || (session.attributes & ENCRYPT) === 0) continue;
		parameters = changeFirst(parameters, (contents) => session.decrypt(contents, use.authValue));
	}
	const fields = new Reader(parameters);
	const output = form.output(fields, handle);
	fields.end();
	return output;
};

/** Only a first parameter that is a TPM2B can be encrypted, and its size stays in the clear (Part 1 §21.1). */
const changeFirst = (parameters: Uint8Array, change: (contents: Uint8Array) => Uint8Array): Uint8Array => {
	const reader = new Reader(parameters);
	const contents = reader.sized();
	return concat(sized(change(contents)), reader.take(reader.rest));
};
