import { openMemoryStore } from './memory/open.ts';
import { storeSuite } from '@keyward/testing/store/suite';

storeSuite('memory', () => {
	const store = openMemoryStore();
	return { store, dispose: () => store.close() };
});
