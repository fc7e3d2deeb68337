import { loadSource, stationClock } from '@keyward/agent';
import type { SourceKind } from './kind.ts';
import { misuse, splitPair } from './options.ts';

export const module: SourceKind = {
	name: 'module',
	takes: () => ['module', 'set'],
	make({ module: path, set = [] }) {
		if (path === undefined) throw misuse('--source module needs --module, the file that exports the source');
		const settings = new Map<string, string>();
		for (const text of set) {
			const [name, value] = splitPair('--set', text);
			if (settings.has(name)) throw misuse(`--set names ${name} twice`);
			settings.set(name, value);
		}
		return loadSource(path, Object.fromEntries(settings), stationClock);
	},
};
