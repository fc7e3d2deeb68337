import { openMemoryStore } from './memory/open.ts';
import { storeSuite } from './suite.ts';

storeSuite('memory', () => {
	const store = openMemoryStore();
	return { store, dispose: () => store.close() };
});
