import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Identity } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import type { Client } from '@keyward/client';

/** A commissioned reader with one grant. */
export interface Reader {
	readonly id: string;
	readonly identity: Identity;
	readonly key: string;
	readonly grant: string;
}

/** Each with its own certificate and grant. */
export const commissionReaders = async (
	operator: Client,
	application: string,
	ids: readonly string[],
	folder: string,
): Promise<Reader[]> => {
	const readers: Reader[] = [];
	const queue = ids.entries();
	const worker = async (): Promise<void> => {
		for (const [index, id] of queue) {
			const { commissioning } = await operator.call('reader.expect', { application, reader: id });
			const identity = await commission({
				...{ commissioning, folder: join(folder, id), kind: 'reader', allowPlainKey: true },
				clock: { now: () => Date.now() },
			});
			const asked = { application, reader: id, device: '*', stream: 'temperature', purpose: 'bench' };
			const { id: grant } = await operator.call('grant.add', asked);
			readers[index] = { id, identity, key: await identity.privateKey(), grant };
		}
	};
	await Promise.all(Array.from({ length: 4 }, worker));
	return readers;
};

/** Opens an event stream of the reader; resolves when it stands. */
export const openEvents = async (
	{ identity, key }: Reader,
	path: string,
	heard: () => void,
	closed: () => void,
): Promise<void> => {
	const asked = request(new URL(path, identity.serviceUrl), {
		...{ agent: false, cert: identity.certificate, key, ca: identity.serviceCa },
		headers: { accept: 'text/event-stream' },
	});
	asked.end();
	const [response] = (await once(asked, 'response')) as [IncomingMessage];
	if (response.statusCode !== 200) throw new Error(`the event stream was answered with ${response.statusCode}`);
	response.on('data', heard).once('close', closed);
};
