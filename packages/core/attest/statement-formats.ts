import type { PartStatement } from './part-statement.ts';
import { tpm2Statement } from './tpm2-statement.ts';

/** Every kind of part that can be challenged, by the `format` of its challenge. */
export const statementFormats: ReadonlyMap<string, PartStatement> = new Map([['tpm2', tpm2Statement]]);
