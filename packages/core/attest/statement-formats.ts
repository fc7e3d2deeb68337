import type { PartStatement } from './part-statement.ts';
import type { StatementFormat } from './statement-fields.ts';
import { tpm2Statement } from './tpm2-statement.ts';

const formats: Readonly<Record<StatementFormat, PartStatement>> = { tpm2: tpm2Statement };

/** Every kind of part that can be challenged, by the `format` of its challenge. */
export const statementFormats: ReadonlyMap<string, PartStatement> = new Map(Object.entries(formats));
