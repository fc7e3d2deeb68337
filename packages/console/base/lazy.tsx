import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../parts/common.tsx';
import { texts } from '../texts/index.ts';

/**
 * A page that is fetched when it is first opened. A site that was updated has other files, and a browser may keep that a fetch failed:
 * loading the whole again mends both.
 */
export const lazy = <Properties extends object = object>(load: () => Promise<ComponentType<Properties>>) => {
	let known: ComponentType<Properties> | null = null;
	return (properties: Properties) => {
		const [state, setState] = useState<{ page: ComponentType<Properties> | null; error: unknown }>({
			page: known,
			error: null,
		});
		const fetchIt = async (): Promise<void> => {
			try {
				known = await load();
				setState({ page: known, error: null });
			} catch (error) {
				setState({ page: null, error });
			}
		};
		useEffect(() => {
			if (known === null) void fetchIt();
		}, []);
		const { page: Page, error } = state;
		if (error !== null) return <Problem error={new Error(texts.errors.pageLost)} again={() => location.reload()} />;
		if (Page !== null) return <Page {...properties} />;
		return (
			<div class="loading" role="status">
				<span class="visually-hidden">{texts.loading}</span>
			</div>
		);
	};
};
