import type { ReadingView } from '@keyward/contract';
import type { TestIdentity } from '@keyward/testing/service/site';
import type { AttackedSite } from './site.ts';

/** What a reader gets of a stream of `hall` by the HTTP API. */
export interface ReadAnswer {
	readonly status: number;
	readonly code: string | null;
	readonly text: string;
	readonly readings: readonly ReadingView[];
}

export const readStream = async (
	site: Pick<AttackedSite, 'https'>,
	as: Pick<TestIdentity, 'tls'>,
	device: string,
	stream: string,
): Promise<ReadAnswer> => {
	const { status, code, text } = await site.https({
		...{ method: 'POST', path: '/v1/operations/readings.read', as },
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ application: 'hall', device, stream, after: 0, limit: 100 }),
	});
	const { readings } = status === 200 ? (JSON.parse(text) as Pick<ReadAnswer, 'readings'>) : { readings: [] };
	return { status, code, text, readings };
};
