/** What messages about parts of one kind consist of, by the names of their octets. */
export interface StatementFields {
	/** What is shown beside the part's certificates, to be challenged. */
	readonly shows: readonly string[];
	/** What the statement consists of. */
	readonly states: readonly string[];
}

/** Of every kind of part that can be challenged, by the `format` of its challenge. */
export const statementFields = {
	tpm2: { shows: ['attestationKey'], states: ['key', 'attest', 'signature'] },
} as const satisfies Readonly<Record<string, StatementFields>>;

export type StatementFormat = keyof typeof statementFields;
