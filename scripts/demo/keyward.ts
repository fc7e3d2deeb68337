import { spawn } from 'node:child_process';
import { cli } from './devices.ts';
import type { DemoTpm } from './tpm.ts';

/** Runs a command as a person would, with this standard input. */
export const keyward = async (
	words: readonly string[],
	input: string,
	tpm: DemoTpm | null,
): Promise<{ code: number | null; said: string; complaint: string }> => {
	const env = { ...process.env, ...tpm?.environment };
	const child = spawn(process.execPath, [cli, ...words], { stdio: ['pipe', 'pipe', 'pipe'], env });
	const said = { said: '', complaint: '' };
	child.stdout.setEncoding('utf8').on('data', (text: string) => (said.said += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (said.complaint += text));
	child.stdin.on('error', () => undefined).end(input);
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	return { code, said: said.said, complaint: said.complaint.trim() };
};
