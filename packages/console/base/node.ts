/** What core asserts with, in a browser. */
const assert = (condition: unknown, message = 'a bug of the console'): void => {
	if (condition === false || condition === null || condition === undefined || condition === 0 || condition === '')
		throw new Error(message);
};

assert.ok = assert;
assert.equal = (a: unknown, b: unknown, message?: string): void => assert(a === b, message);

export const { ok, equal } = assert;
export default assert;
