import type { Give } from '../codec/give.ts';
import type { Inner } from './format.ts';

/** Reads into one stream inside, which is ended then, however that ends. */
export const into = async (inner: Inner, read: (give: Give) => Promise<void>): Promise<void> => {
	try {
		await read(inner.write);
	} catch (error) {
		inner.cut?.();
		throw error;
	} finally {
		await inner.end();
	}
};
