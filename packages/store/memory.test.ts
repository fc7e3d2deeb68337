import { openMemoryStore } from './memory/open.ts';
import { storeSuite } from '@keyward/testing/store/suite';
import { instanceSuite } from '@keyward/testing/store/suite-instances';

storeSuite('memory', () => {
	const store = openMemoryStore();
	return { store, dispose: () => store.close() };
});

instanceSuite('memory', () => {
	const store = openMemoryStore();
	return { instances: [store, store], dispose: () => store.close() };
});
