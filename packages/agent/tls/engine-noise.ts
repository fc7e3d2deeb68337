/** Said by OpenSSL's pkcs11 engine whenever it is loaded by its path, and means nothing. */
const noise = 'bad engine id';

/** Passes on a line that a child with such an engine says on its standard error. */
export const passLine = (line: string): void => {
	if (line !== noise) process.stderr.write(`${line}\n`);
};
