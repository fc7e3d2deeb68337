import type { Command } from 'commander';

/** One file of `verbs/`, by the words that call it. */
export interface Verb {
	/** What its verbs do, by the words typed after `keyward`; the help of all shows this without loading the file. */
	readonly says: Readonly<Record<string, string>>;
	/** It tells of every verb, so that all are loaded. */
	readonly ofAll?: true;
	load(): Promise<{ register(program: Command): void }>;
}
