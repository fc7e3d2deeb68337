import { runCommandLine } from './command-line.ts';

// The process behind `openCommandLines`: each message is one command line, run as main.ts would.

let said = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const)
	process[name].write = (text: string | Uint8Array): boolean => {
		said[name] += String(text);
		return true;
	};

process.on('message', ({ words, data }: { words: string[]; data?: string }) => {
	said = { stdout: '', stderr: '' };
	process.exitCode = 0;
	if (data === undefined) delete process.env['KEYWARD_DATA'];
	else process.env['KEYWARD_DATA'] = data;
	void runCommandLine(words).then(() => {
		for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
		process.send?.({ status: process.exitCode ?? 0, ...said });
	});
});
