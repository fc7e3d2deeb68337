import type { Source } from '@keyward/agent';
import type { SourceOptions } from './options.ts';

/** Options that mean something to some source. */
export type OptionName = Exclude<keyof SourceOptions, 'source'>;

/** One kind of source, as the command line offers it. */
export interface SourceKind {
	readonly name: string;
	/** The options that say something to it; any other is refused. */
	readonly takes: (options: SourceOptions) => readonly OptionName[];
	/** Added to what a refusal says, when what it takes hangs on an option that was not given. */
	readonly without?: (options: SourceOptions) => string;
	make(options: SourceOptions): Source | Promise<Source>;
}
