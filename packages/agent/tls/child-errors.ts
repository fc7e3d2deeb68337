import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Said by OpenSSL's pkcs11 engine whenever it is loaded by its path, and means nothing. */
const noise = 'bad engine id';

/** Passes on what a child says on its standard error. */
export const passErrors = ({ stderr }: ChildProcess): void => {
	if (stderr === null) return;
	createInterface(stderr).on('line', (line) => {
		if (line !== noise) process.stderr.write(`${line}\n`);
	});
};
