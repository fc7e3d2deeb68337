import { flushCompileCache } from 'node:module';
import { type Service, type ServiceOptions, serve } from '@keyward/service';

// A real service in a separate process, told by its parent what to do. Runs from the source under attack.

/** Parent to site: start with these options; stop, and end. */
export type SiteOrder = { readonly start: ServiceOptions } | { readonly stop: true };

/** Site to parent. */
export type SiteNews =
	| {
			readonly ready: Pick<Service, 'url' | 'mqttUrl' | 'mqtt' | 'metricsUrl' | 'statusUrl'>;
	  }
	/** It could not start, or can go on no longer. */
	| { readonly failed: string }
	/** Something that the service reported as a bug. */
	| { readonly reported: string };

const tell = (news: SiteNews): void => void process.send?.(news);
const inWords = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

let service: Service | null = null;

const obey = async (order: SiteOrder): Promise<void> => {
	if ('stop' in order) {
		await service?.stop();
		process.exit();
	}
	service = await serve(order.start, (error) => tell({ reported: inWords(error) }));
	void service.failed.then((error) => tell({ failed: inWords(error) }));
	const { url, mqttUrl, mqtt, metricsUrl, statusUrl } = service;
	tell({ ready: { url, mqttUrl, mqtt, metricsUrl, statusUrl } });
	// It is killed at the end: what was compiled serves the next site of the source.
	flushCompileCache();
};

process.on('message', (order: SiteOrder) => {
	obey(order).catch((error: unknown) => tell({ failed: inWords(error) }));
});
// Nothing is left behind by a parent that is gone.
process.on('disconnect', () => process.exit());
