import { spawn } from 'node:child_process';

/** What became of a program. */
export interface Ran {
	/** Null when a signal ended it. */
	readonly status: number | null;
	readonly out: Buffer;
	/** Both outputs as text. */
	readonly said: string;
}

/** Runs a program to its end, without holding up the server in this process. */
export const run = (
	program: string,
	args: readonly string[],
	{ input, env }: { readonly input?: Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> =>
	new Promise((resolve, reject) => {
		const child = spawn(program, args, { env: { ...process.env, ...env }, timeout: 120_000 });
		const [out, err]: [Buffer[], Buffer[]] = [[], []];
		child.stdout.on('data', (part: Buffer) => out.push(part));
		child.stderr.on('data', (part: Buffer) => err.push(part));
		child.on('error', reject);
		child.on('close', (status) =>
			resolve({ status, out: Buffer.concat(out), said: Buffer.concat([...out, ...err]).toString() }),
		);
		// A program that ends without reading its input has told why.
		child.stdin.on('error', () => {});
		child.stdin.end(input);
	});
