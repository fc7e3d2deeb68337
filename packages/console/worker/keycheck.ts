import { createChecks, readPublishedKeys } from '@keyward/core/keycheck';
import { contentScan } from '@keyward/scan/content';
import type { CheckFiles, Checked, FromWorker, ToWorker } from './keycheck-messages.ts';

/** Only here are files opened; nothing of them leaves but findings, to the page. It asks nothing of the site. */
interface Scope {
	postMessage(message: FromWorker, transfer: Transferable[]): void;
	addEventListener(name: 'message', then: (event: MessageEvent<ToWorker>) => void): void;
}

const scope = globalThis as unknown as Scope;
const tell = (message: FromWorker): void => scope.postMessage(message, []);
const MOST_PROBLEMS = 500;

const published = Promise.withResolvers<ReturnType<typeof readPublishedKeys>>();

async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
	const reader = file.stream().getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		yield value;
	}
}

const check = async ({ files }: CheckFiles): Promise<Checked> => {
	const counts = { files: files.length, keys: 0, certificates: 0, psks: 0 };
	const problems: { file: string; reason: string; count: number }[] = [];
	const checks = createChecks({
		runKey: crypto.getRandomValues(new Uint8Array(32)),
		published: await published.promise,
		now: Date.now(),
	});
	const scan = contentScan(
		(material) => {
			if (material.kind === 'psk') counts.psks++;
			else if (material.kind === 'key' && material.certificate !== null) counts.certificates++;
			else if (material.kind === 'key') counts.keys++;
			checks.add(material);
		},
		({ file, reason, count }) => {
			if (problems.length < MOST_PROBLEMS) problems.push({ file, reason, count });
		},
	);
	for (const [index, { name, file }] of files.entries()) {
		tell({ kind: 'reading', file: name, done: index, of: files.length });
		try {
			await scan.read(name, chunksOf(file));
		} catch (error) {
			problems.push({ file: name, reason: error instanceof Error ? error.message : String(error), count: 1 });
		}
	}
	return { kind: 'checked', findings: checks.findings(), problems, counts };
};

const failed = (error: unknown): FromWorker => ({
	kind: 'failed',
	reason: error instanceof Error ? error.message : String(error),
});

scope.addEventListener('message', ({ data }) => {
	if (data.kind === 'check')
		return void check(data)
			.catch(failed)
			.then((answer) => tell(answer));
	try {
		published.resolve(readPublishedKeys(new Uint8Array(data.published)));
		tell({ kind: 'ready' });
	} catch (error) {
		tell(failed(error));
	}
});
