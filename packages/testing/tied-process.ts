import { commandPath } from './debian.ts';

/**
 * Program and arguments for `spawn`, so that the kernel sends the child that signal when this process ends, however it ends:
 * what is killed leaves nothing behind that runs. As they are where there is no setpriv (Debian's util-linux has it).
 */
export const tied = (signal: 'KILL' | 'TERM', program: string, args: readonly string[]): [string, string[]] => {
	const setpriv = commandPath('setpriv');
	return setpriv === null ? [program, [...args]] : [setpriv, ['--pdeathsig', signal, program, ...args]];
};
