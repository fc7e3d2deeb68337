import { concat, sized, TPM2B_PUBLIC, TPML_PCR_SELECTION, type TPMT_PUBLIC, u32 } from '@keyward/core/tpm2';
import type { Reader } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';
import type { Handle } from '../protocol/handle.ts';

const none = new Uint8Array();

/** What Create and CreatePrimary take: a template, and the authorization value that the object is to have. */
interface CreateInput {
	readonly userAuth?: Uint8Array;
	/** What the object is to hold, for sealed data; a key the TPM makes itself. */
	readonly data?: Uint8Array;
	readonly inPublic: TPMT_PUBLIC;
	/** Goes into the creation data, which a creation attestation covers. */
	readonly outsideInfo?: Uint8Array;
}

const createParameters = ({ userAuth, data, inPublic, outsideInfo }: CreateInput): Uint8Array[] => [
	// TPM2B_SENSITIVE_CREATE.
	sized(concat(sized(userAuth ?? none), sized(data ?? none))),
	TPM2B_PUBLIC.marshal(inPublic),
	sized(outsideInfo ?? none),
	TPML_PCR_SELECTION.marshal([]),
];

const readCreation = (reader: Reader) => ({
	/** TPMS_CREATION_DATA, marshalled. */
	creationData: reader.sized(),
	creationHash: reader.sized(),
	creationTicket: { tag: reader.u16(), hierarchy: reader.u32(), digest: reader.sized() },
});

/** Part 3 §12.1: a new object under a storage key, its private part wrapped by it. */
export const TPM2_Create = command({
	name: 'TPM2_Create',
	code: 0x153,
	handles: (input: CreateInput & { readonly parentHandle: Handle }) => [input.parentHandle],
	authorized: 1,
	parameters: createParameters,
	output: (reader) => {
		const outPrivate = reader.sized();
		return { outPrivate, outPublic: TPM2B_PUBLIC.read(reader), ...readCreation(reader) };
	},
});

/** Part 3 §24.1: the same template gives the same key for as long as the hierarchy's seed stays. */
export const TPM2_CreatePrimary = command({
	name: 'TPM2_CreatePrimary',
	code: 0x131,
	handles: (input: CreateInput & { readonly primaryHandle: Handle }) => [input.primaryHandle],
	authorized: 1,
	parameters: createParameters,
	givesHandle: true,
	output: (reader, objectHandle) => {
		const outPublic = TPM2B_PUBLIC.read(reader);
		return { objectHandle, outPublic, ...readCreation(reader), name: reader.sized() };
	},
});

/** Part 3 §12.2. */
export const TPM2_Load = command({
	name: 'TPM2_Load',
	code: 0x157,
	handles: (input: {
		readonly parentHandle: Handle;
		readonly inPrivate: Uint8Array;
		readonly inPublic: TPMT_PUBLIC;
	}) => [input.parentHandle],
	authorized: 1,
	parameters: ({ inPrivate, inPublic }) => [sized(inPrivate), TPM2B_PUBLIC.marshal(inPublic)],
	givesHandle: true,
	output: (reader, objectHandle) => ({ objectHandle, name: reader.sized() }),
});

/** Part 3 §12.3, of a public area alone. */
export const TPM2_LoadExternal = command({
	name: 'TPM2_LoadExternal',
	code: 0x167,
	parameters: (input: { readonly inPublic: TPMT_PUBLIC; readonly hierarchy: number }) => [
		sized(none),
		TPM2B_PUBLIC.marshal(input.inPublic),
		u32(input.hierarchy),
	],
	givesHandle: true,
	output: (reader, objectHandle) => ({ objectHandle, name: reader.sized() }),
});

/** Part 3 §12.4. */
export const TPM2_ReadPublic = command({
	name: 'TPM2_ReadPublic',
	code: 0x173,
	handles: (input: { readonly objectHandle: number }) => [{ handle: input.objectHandle, name: none }],
	output: (reader) => {
		const outPublic = TPM2B_PUBLIC.read(reader);
		return { outPublic, name: reader.sized(), qualifiedName: reader.sized() };
	},
});

/** Part 3 §28.5: makes a loaded object persistent under `persistentHandle`, or ends that it is. */
export const TPM2_EvictControl = command({
	name: 'TPM2_EvictControl',
	code: 0x120,
	handles: (input: { readonly auth: Handle; readonly objectHandle: Handle; readonly persistentHandle: number }) => [
		input.auth,
		input.objectHandle,
	],
	authorized: 1,
	parameters: ({ persistentHandle }) => [u32(persistentHandle)],
	output: () => {},
});
