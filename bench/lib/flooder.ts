import { floods, type FloodName, type FloodTarget } from './floods.ts';
import { createTally, type Tally } from './flood-wire.ts';

// The flooder: a separate process that sends bytes made beforehand. "go" begins, "stop" ends and is answered with the tally.

export interface FlooderJob extends FloodTarget {
	readonly kind: FloodName;
}

export type FlooderNews = { readonly ready: true } | { readonly tally: Tally };

const tell = (news: FlooderNews): void => void process.send?.(news);

process.once('message', (job: FlooderJob) => {
	const over = new AbortController();
	const tally = createTally();
	void floods[job.kind].prepare(job).then((flood) => {
		process.on('message', (order: string) => {
			if (order === 'go') {
				flood(tally, over.signal).catch((error: unknown) => console.error(error));
				return;
			}
			over.abort();
			tell({ tally });
		});
		tell({ ready: true });
	});
});
process.once('disconnect', () => process.exit());
